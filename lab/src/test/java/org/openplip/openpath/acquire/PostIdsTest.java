package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;

class PostIdsTest {
    @TempDir private Path folder;

    private PostIds read(String text) throws IOException {
        return PostIds.read(Files.writeString(folder.resolve("ids.csv"), text));
    }

    @Test
    void takesALinkBeforeAColumn() throws IOException {
        PostIds read =
                read(
                        """
                        ,source,hashtag,weblink,id,media ID
                        0,Twitter,GIPath,https://twitter.com/a_b/status/1001,9,m
                        1,Twitter reply,GIPath,"https://x.com/i/web/status/1002?s=20",9,m
                        2,Twitter,GIPath,https://mobile.twitter.com/a/statuses/1003/photo/1,9,m
                        3,Twitter,GIPath,https://twitter.com/a_b/status/1001,9,m2
                        4,PathLAION,----,https://example.org/slide.jpg,77,m
                        5,Twitter,GIPath,,1.59e18,m
                        """);
        assertThat(read.ids()).containsExactly("1001", "1002", "1003");
        assertThat(read.leftOut())
                .extracting(LeftOut::detail)
                .containsExactly("ids.csv, line 6", "ids.csv, line 7");
    }

    @Test
    void takesTheColumnOfIds() throws IOException {
        assertThat(read("n,Tweet ID\n1,500\n2,501\n").ids()).containsExactly("500", "501");
    }

    @Test
    void takesAListWithoutANameToo() throws IOException {
        assertThat(read("500\nhttps://x.com/a/status/501\n\n500\n").ids())
                .containsExactly("500", "501");
        assertThat(read("id\n502\n").ids()).containsExactly("502");
    }

    @Test
    void refusesWhatHoldsNoId() {
        assertThatThrownBy(() -> read("name\nsmith\n"))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("ids.csv: holds no id of a post of X");
    }
}
