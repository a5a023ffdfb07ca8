package org.openplip.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/// Small clusters of Spark on loopback, for tests.
final class Clusters {
    private Clusters() {}

    /// Two threads of this process.
    static JavaSparkContext threads(Path folder) {
        return new JavaSparkContext(settings("local[2]", folder));
    }

    /// Two executors, each a process of its own with one thread.
    static JavaSparkContext processes(Path folder) throws IOException {
        // The workers look here for a distribution; executors get our class path.
        Path home = Path.of(System.getenv("SPARK_HOME"));
        Files.createDirectories(home.resolve("jars"));
        if (!Files.exists(home.resolve("RELEASE"))) Files.createFile(home.resolve("RELEASE"));
        return new JavaSparkContext(settings("local-cluster[2,1,512]", folder));
    }

    private static SparkConf settings(String master, Path folder) {
        return new SparkConf(false)
                .setAppName("test")
                .setMaster(master)
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set("spark.executor.memory", "512m")
                // A worker that was killed is not asked again and again.
                .set("spark.shuffle.io.maxRetries", "1")
                .set("spark.shuffle.io.retryWait", "100ms")
                .set("spark.local.dir", folder.toString())
                .set("spark.ui.enabled", "false");
    }
}
