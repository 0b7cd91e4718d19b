package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.config.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh} or {@code jobs/bench.sh all}. */
@Command(
    name = "all",
    mixinStandardHelpOptions = true,
    description =
        "Measures each of our paths in turn with what users would take instead, in one table with goals and the machine's "
            + "ceilings. Results are compared first. What has been measured is kept at any time.",
    footer = {"  jobs/bench.sh all --quick", "  jobs/bench.sh all --json all.json"})
final class AllBenchCommand implements Callable<Integer> {
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @Spec private CommandSpec command;

  @Mixin private PeerOption peer;

  @Parameters(
      arity = "0..*",
      paramLabel = "VIDEO",
      description = "Videos to decode. Without any it makes some.")
  private List<Path> videos = List.of();

  @Option(
      names = "--only",
      paramLabel = "PATH",
      split = ",",
      description = "No more than these: ${COMPLETION-CANDIDATES}.")
  private List<BenchedPath> only = Arrays.asList(BenchedPath.values());

  @Option(
      names = "--quick",
      description = "The smallest sizes, without goals: tells within minutes that all works.")
  private boolean quick;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds that count. Default: 5, with --quick 2.")
  private Integer rounds;

  @Option(names = "--no-ceilings", description = "Leaves the ceilings of the machine out.")
  private boolean noCeilings;

  @Option(names = "--strict", description = "Ends with 3 if a goal is missed.")
  private boolean strict;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where all figures go. Default: target/bench/DATE.json.")
  private Path json;

  private final Console console = new Console();

  @Override
  public Integer call() throws IOException {
    int counted = rounds == null ? (quick ? 2 : 5) : rounds;
    if (counted < 1) {
      throw new ParameterException(
          command.commandLine(), "--rounds is " + counted + " (expected: a whole number from 1).");
    }
    LocalDateTime now = LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS);
    Path file = json == null ? Path.of("target/bench", DATE.format(now) + ".json") : json;
    boolean media = PythonPeer.missing(peer.python(), "av", "torchaudio") == null;
    String mediaPython = media ? peer.python() : PeerOption.DEBIAN;
    WholeTable table = new WholeTable();
    table
        .beside()
        .put("taken", now + "Z")
        .put("commit", Machine.told("git", "describe", "--always", "--dirty"))
        .put("quick", quick)
        .put("rounds", counted);
    try (Workplace place = new Workplace()) {
      AllBench all =
          new AllBench(place.folder(), videos, quick, counted, peer.python(), mediaPython);
      measure(all, table, file);
    }
    console.line("All figures: %s", file);
    return strict && table.missed() ? 3 : 0;
  }

  private void measure(AllBench all, WholeTable table, Path file) throws IOException {
    Machine machine = new Machine(List.of(all.python(), all.mediaPython()));
    Spread noise = new NoiseFloor(all.size(60, 5), Math.max(5, all.rounds())).measure();
    table.beside().set("noise", noise.json());
    ObjectNode ceilings = noCeilings ? new ObjectMapper().createObjectNode() : ceilings(all);
    table.beside().set("ceilings", ceilings);
    for (BenchedPath path : only) {
      console.line("%s ...", path.key());
      List<PathResult> lines = lines(path, all, table.beside(), ceilings);
      if (quick) {
        lines = lines.stream().map(PathResult::withoutGoal).toList();
      }
      lines.forEach(line -> console.line("%s", line.line()));
      table.add(lines);
      table.beside().set("machine", machine.json());
      table.save(file);
    }
    console.line("");
    Machine.lines(machine.json()).forEach(line -> console.line("%s", line));
    console.line(
        "The same beside itself, today: %s; a ratio nearer to its goal than that tells nothing.",
        noise.shown(2));
    table.lines().forEach(line -> console.line("%s", line));
  }

  /** Without them, shares of the ceilings are left out. */
  private ObjectNode ceilings(AllBench all) {
    console.line("ceilings ...");
    int megabytes = all.size(256, 16);
    try {
      Figures found =
          new CeilingsBench(all.folder(), megabytes, all.size(3, 1), all.python()).run();
      found.table().forEach(line -> console.line("%s", line));
      return found.json();
    } catch (Failure | IOException e) {
      console.line("ceilings: not measured: %s", e.getMessage());
      return new ObjectMapper().createObjectNode();
    }
  }

  /** One that fails takes no other with it. */
  private static List<PathResult> lines(
      BenchedPath path, AllBench all, ObjectNode beside, JsonNode ceilings) {
    try {
      ObjectNode figures = path.run(all).json();
      beside.set(path.key(), figures);
      return path.read(figures, ceilings);
    } catch (Failure | IOException e) {
      return List.of(
          PathResult.failed(
              path.key(), String.format(Locale.ROOT, "not measured: %s", e.getMessage())));
    }
  }
}
