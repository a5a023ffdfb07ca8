package org.openplip;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The rules of `docs/ARCHITECTURE.md` that a compiler does not check.
class ArchitectureTest {
    private static final JavaClasses PROGRAM =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.openplip");

    @Test
    void packagesDoNotDependOnEachOtherInCircles() {
        slices().assignedFrom(new Packages()).should().beFreeOfCycles().check(PROGRAM);
    }

    /// Each package below `org.openplip` with what is in it; `org.openplip` itself is one too.
    private static final class Packages implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            List<String> names = Arrays.asList(javaClass.getPackageName().split("\\."));
            boolean ours = names.size() >= 2 && names.get(1).equals("openplip");
            if (!ours) return SliceIdentifier.ignore();
            return SliceIdentifier.of(names.size() == 2 ? "(top)" : names.get(2));
        }

        @Override
        public String getDescription() {
            return "packages of org.openplip";
        }
    }

    @Test
    void onlyTensorAndModelKnowLibtorch() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.openplip.tensor..", "org.openplip.model..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .check(PROGRAM);
    }

    @Test
    void nobodyUsesWhatIsInternalToAnother() {
        classes()
                .that(describe("are ours", c -> c.getPackageName().startsWith("org.openplip")))
                .should(keepToTheirOwnInternals())
                .check(PROGRAM);
    }

    private static ArchCondition<JavaClass> keepToTheirOwnInternals() {
        return new ArchCondition<>("keep to their own internal packages") {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                for (Dependency dependency : javaClass.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass();
                    if (!resideInAPackage("..internal..").test(target)) continue;
                    String name = target.getPackageName();
                    String owner = name.substring(0, name.lastIndexOf("internal") - 1);
                    String user = javaClass.getPackageName();
                    if (!user.equals(owner) && !user.startsWith(owner + ".")) {
                        events.add(
                                SimpleConditionEvent.violated(
                                        javaClass, dependency.getDescription()));
                    }
                }
            }
        };
    }
}
