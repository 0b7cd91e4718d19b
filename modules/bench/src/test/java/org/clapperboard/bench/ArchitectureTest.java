package org.clapperboard.bench;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clapperboard.app.Console;
import org.clapperboard.config.Failure;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The law of the house: who may see whom, and what nobody does. */
class ArchitectureTest {
  private static final String ROOT = "org.clapperboard.";

  /** Each module with the modules that it may see. */
  private static final Map<String, Set<String>> MAY_SEE = new LinkedHashMap<>();

  /** What each library is for, by its packages. */
  private static final Map<String, Set<String>> ONLY_IN =
      Map.of(
          "org.apache.spark..", Set.of("data", "train", "eval", "app", "bench"),
          "org.apache.hadoop..", Set.of("data", "train", "eval", "app", "bench"),
          "org.apache.parquet..", Set.of("data", "train", "eval"),
          "ai.djl..", Set.of("model", "train", "bench"),
          "org.bytedeco..", Set.of("media", "nccl"),
          "com.typesafe.config..", Set.of("config"),
          "org.snakeyaml..", Set.of("config"),
          "org.eclipse.jetty..", Set.of("serve"),
          "picocli..", Set.of("app", "bench"));

  private static JavaClasses all;

  static {
    MAY_SEE.put("config", Set.of());
    MAY_SEE.put("media", Set.of("config"));
    MAY_SEE.put("data", Set.of("config", "media"));
    MAY_SEE.put("model", Set.of("config"));
    MAY_SEE.put("collective", Set.of("config"));
    MAY_SEE.put("nccl", Set.of("config", "collective"));
    MAY_SEE.put("train", Set.of("config", "media", "data", "model", "collective", "nccl"));
    MAY_SEE.put("eval", Set.of("config", "media", "data", "model"));
    MAY_SEE.put("serve", Set.of("config", "media", "model", "eval"));
    MAY_SEE.put("app", Set.of("config", "media", "data", "model", "train", "eval", "serve"));
    MAY_SEE.put(
        "bench", Set.of("config", "media", "data", "model", "collective", "train", "eval", "app"));
  }

  @BeforeAll
  static void find() {
    all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(place -> !place.contains("/org/clapperboard/testing/"))
            .importPackages("org.clapperboard");
  }

  private static String module(String name) {
    return ROOT + name + "..";
  }

  @Test
  void every_module_was_found_and_no_other() {
    for (String module : MAY_SEE.keySet()) {
      assertThat(all.that(resideInAPackage(module(module)))).as(module).hasSizeGreaterThan(5);
    }
    String[] modules =
        MAY_SEE.keySet().stream().map(ArchitectureTest::module).toArray(String[]::new);
    classes().should().resideInAnyPackage(modules).check(all);
  }

  @TestFactory
  Stream<DynamicTest> a_module_sees_the_modules_it_may_see_and_no_other() {
    return MAY_SEE.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> requireSight(entry.getKey(), entry.getValue())));
  }

  private static void requireSight(String module, Set<String> seen) {
    for (String other : MAY_SEE.keySet()) {
      if (!other.equals(module)) {
        assertThat(users(module(module), module(other)))
            .as("classes of %s that see %s (may see: %s)", module, other, seen)
            .matches(classes -> classes.isEmpty() != seen.contains(other));
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> a_library_is_seen_by_the_modules_it_is_there_for_and_no_other() {
    return ONLY_IN.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> requireUsers(entry.getKey(), entry.getValue())));
  }

  private static void requireUsers(String library, Set<String> users) {
    for (String module : MAY_SEE.keySet()) {
      assertThat(users(module(module), library))
          .as("classes of %s that see %s (there for: %s)", module, library, users)
          .matches(classes -> classes.isEmpty() != users.contains(module));
    }
  }

  /** The classes of one package that depend on another. */
  private static List<String> users(String from, String to) {
    DescribedPredicate<JavaClass> target = resideInAPackage(to);
    return all.that(resideInAPackage(from)).stream()
        .filter(
            user ->
                user.getDirectDependenciesFromSelf().stream()
                    .anyMatch(dependency -> target.test(dependency.getTargetClass())))
        .map(JavaClass::getName)
        .toList();
  }

  @Test
  void packages_do_not_depend_on_each_other_in_a_circle() {
    slices().matching("org.clapperboard.(**)").should().beFreeOfCycles().check(all);
  }

  @Test
  void only_the_console_prints() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Console.class.getName())
        .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
        .check(all);
  }

  @Test
  void only_app_ends_the_process() {
    noClasses()
        .that()
        .resideOutsideOfPackage(module("app"))
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(all);
  }

  @Test
  void exceptions_that_others_can_catch_are_failures_or_programming_errors() {
    classes()
        .that()
        .areAssignableTo(Throwable.class)
        .and()
        .haveModifier(JavaModifier.PUBLIC)
        .should()
        .beAssignableTo(Failure.class)
        .orShould()
        .beAssignableTo(IllegalArgumentException.class)
        .check(all);
  }

  @Test
  void nobody_throws_an_exception_without_a_name() {
    GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(all);
  }

  @Test
  void no_drawer_is_without_a_label() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..utils..", "..common..", "..core..", "..misc..")
        .check(all);
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .check(all);
  }

  @Test
  void nothing_static_can_be_changed() {
    fields().that().areStatic().should().beFinal().check(all);
  }

  /** One in host memory beside weights on a GPU would be found only there. */
  @TestFactory
  Stream<DynamicTest> no_layer_makes_a_tensor_without_saying_where() throws IOException {
    Pattern made = Pattern.compile("torch\\.(zeros|ones|empty|full|arange|rand|tensor)\\((.*)");
    List<Path> sources = new ArrayList<>();
    for (String module : List.of("model", "train")) {
      try (Stream<Path> files = Files.list(Path.of("..", module, "src/main/torchscript"))) {
        files.filter(file -> !file.endsWith("tensors.py")).forEach(sources::add);
      }
    }
    assertThat(sources).hasSizeGreaterThan(7);
    return sources.stream()
        .map(
            source ->
                DynamicTest.dynamicTest(
                    source.getFileName().toString(),
                    () ->
                        assertThat(Files.readAllLines(source))
                            .filteredOn(line -> made.matcher(line).find())
                            .allSatisfy(line -> assertThat(line).contains("device="))));
  }

  @TestFactory
  Stream<DynamicTest> the_build_bans_what_a_module_must_not_see() {
    Map<String, List<String>> banned = new LinkedHashMap<>();
    banned.put(
        "serve",
        List.of(
            "org.clapperboard:clapperboard-train",
            "org.clapperboard:clapperboard-collective",
            "org.apache.spark:*:*:*:compile"));
    banned.putAll(
        Map.of(
            "config", List.of("org.apache.spark:*", "ai.djl*:*", "org.bytedeco:*"),
            "media", List.of("org.apache.spark:*", "ai.djl*:*"),
            "data", List.of("ai.djl*:*"),
            "model", List.of("org.apache.spark:*", "org.bytedeco:*"),
            "collective", List.of("org.apache.spark:*", "ai.djl*:*", "org.bytedeco:*"),
            "nccl", List.of("org.apache.spark:*", "ai.djl*:*", "org.bytedeco:*:*:*:compile"),
            "train", List.of("org.clapperboard:clapperboard-eval"),
            "eval",
                List.of(
                    "org.clapperboard:clapperboard-train",
                    "org.clapperboard:clapperboard-collective"),
            "app", List.of("org.apache.spark:*:*:*:compile"),
            "bench", List.of("org.apache.spark:*:*:*:compile")));
    assertThat(banned.keySet()).isEqualTo(MAY_SEE.keySet());
    return banned.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> requireFence(entry.getKey(), entry.getValue())));
  }

  private static void requireFence(String module, List<String> banned) throws IOException {
    String build = Files.readString(Path.of("..", module, "pom.xml"));
    int fence = build.indexOf("<id>fence</id>");
    assertThat(fence).as("a fence in the build of %s", module).isPositive();
    String rules = build.substring(fence, build.indexOf("</execution>", fence));
    assertThat(rules).contains("<goal>enforce</goal>", "<bannedDependencies>");
    for (String dependency : banned) {
      assertThat(rules).contains("<exclude>" + dependency + "</exclude>");
    }
  }
}
