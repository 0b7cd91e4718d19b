package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.clapperboard.config.DidYouMean;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Mistakes in how a command was called: all at once, in a line each, and where help is. */
final class Mistakes {
  private static final int EXIT_CODE = 2;

  private Mistakes() {}

  /** Lets a command, and those below it, tell all mistakes instead of the first. */
  static void collectedBy(CommandLine command) {
    command.getCommandSpec().parser().collectErrors(true);
    command.getSubcommands().values().forEach(Mistakes::collectedBy);
  }

  /** Runs a command, unless there are mistakes in how it was called. */
  static int runUnlessAny(ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    boolean asked =
        commands.stream()
            .anyMatch(line -> line.isUsageHelpRequested() || line.isVersionHelpRequested());
    List<ParameterException> mistakes = new ArrayList<>();
    for (CommandLine line : commands) {
      for (Exception error : line.getParseResult().errors()) {
        if (error instanceof ParameterException mistake) {
          mistakes.add(mistake);
        }
      }
    }
    return asked || mistakes.isEmpty() ? new CommandLine.RunLast().execute(parsed) : tell(mistakes);
  }

  /** Tells a mistake that was found later. */
  static int tell(ParameterException mistake, String... arguments) {
    return tell(List.of(mistake));
  }

  private static int tell(List<ParameterException> mistakes) {
    CommandLine line = mistakes.get(mistakes.size() - 1).getCommandLine();
    mistakes.stream().map(Mistakes::told).distinct().forEach(line.getErr()::println);
    line.getErr().println(line.getCommandSpec().qualifiedName() + " --help says more.");
    line.getErr().flush();
    return EXIT_CODE;
  }

  private static String told(ParameterException mistake) {
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched);
    }
    if (mistake instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return missing.getMissing().stream()
          .map(Mistakes::shown)
          .distinct()
          .collect(Collectors.joining(", ", "Missing ", "."));
    }
    ArgSpec argument = mistake.getArgSpec();
    if (argument != null && mistake.getValue() != null) {
      return name(argument) + " is " + wrong(mistake, argument);
    }
    return mistake.getMessage();
  }

  private static String unmatched(UnmatchedArgumentException mistake) {
    CommandSpec command = mistake.getCommandLine().getCommandSpec();
    List<String> names =
        new ArrayList<>(command.options().stream().map(OptionSpec::longestName).toList());
    names.addAll(command.subcommands().keySet());
    return mistake.getUnmatched().stream()
        .map(
            given -> {
              String option = given.replaceFirst("=.*", "");
              String near = DidYouMean.advice(option, names);
              return (given.startsWith("-")
                      ? "Unknown option " + option
                      : "\"" + given + "\" is one argument too many")
                  + "."
                  + (near.isEmpty() ? "" : " " + near);
            })
        .collect(Collectors.joining("\n"));
  }

  /** A value and what was expected, as the converter says it, or by the type. */
  private static String wrong(ParameterException mistake, ArgSpec argument) {
    String said = mistake.getMessage();
    if (said.contains("(expected: ")) {
      return said.substring(said.indexOf('"')).replaceFirst("\\.?$", ".");
    }
    Class<?> type = argument.auxiliaryTypes()[0];
    String expected =
        type == int.class || type == Integer.class || type == long.class || type == Long.class
            ? "a whole number"
            : type == double.class || type == Double.class ? "a number" : type.getSimpleName();
    if (type.isEnum()) {
      List<String> names = new ArrayList<>();
      for (Object constant : type.getEnumConstants()) {
        names.add(constant.toString());
      }
      expected = String.join(" or ", names);
    }
    return "\"" + mistake.getValue() + "\" (expected: " + expected + ").";
  }

  private static String shown(ArgSpec argument) {
    return argument.isOption() ? name(argument) + " " + argument.paramLabel() : name(argument);
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }
}
