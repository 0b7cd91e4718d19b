package org.clapperboard.app;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER_HEADING;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_HEADER;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * How a command explains itself, on one screen: what it does in a sentence, how it is called, what
 * else there is to know, its options in the order of their use, examples, exit codes.
 */
final class HelpPage {
  private static final int COLUMNS = 100;
  private static final String EXIT_CODES = "exitCodes";
  private static final Pattern AFTER_SENTENCE = Pattern.compile("(?<=\\.) (?=[A-Z/-])");

  private HelpPage() {}

  /** Gives a command, and those below it, this help. */
  static void of(CommandLine command) {
    command.setUsageHelpWidth(COLUMNS);
    command.setUsageHelpAutoWidth(true);
    command.setHelpSectionKeys(
        List.of(
            SECTION_KEY_HEADER,
            SECTION_KEY_SYNOPSIS_HEADING,
            SECTION_KEY_SYNOPSIS,
            SECTION_KEY_DESCRIPTION,
            SECTION_KEY_PARAMETER_LIST,
            SECTION_KEY_OPTION_LIST,
            SECTION_KEY_COMMAND_LIST_HEADING,
            SECTION_KEY_COMMAND_LIST,
            SECTION_KEY_FOOTER_HEADING,
            SECTION_KEY_FOOTER,
            EXIT_CODES));
    command.getHelpSectionMap().put(SECTION_KEY_COMMAND_LIST, HelpPage::commands);
    command
        .getHelpSectionMap()
        .put(
            EXIT_CODES,
            help ->
                help.createHeading(
                    "%nExit codes: 0 done, 1 a bug, 2 a mistake in the call or a file, 3 bad data, 4"
                        + " bad checkpoint, 5 worker lost%n"));
    arrange(command);
    for (CommandLine below : command.getSubcommands().values()) {
      of(below);
    }
  }

  private static void arrange(CommandLine command) {
    String built = HelpPage.class.getPackage().getImplementationVersion();
    command
        .getCommandSpec()
        .version(built == null ? "Clapperboard, of its sources" : "Clapperboard " + built);
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    String[] sentences =
        AFTER_SENTENCE.split(String.join(" ", usage.description()), 2); // One is put first.
    usage.header(sentences[0]);
    usage.description(
        sentences.length == 1 ? new String[0] : new String[] {"%n" + sentences[1] + "%n"});
    usage.synopsisHeading("%nUsage: ");
    usage.sortOptions(false);
    usage.sortSynopsis(false);
    usage.commandListHeading("%nCommands:%n");
    if (usage.footerHeading().isEmpty()) {
      usage.footerHeading("%nExamples:%n");
    }
  }

  /** The commands below, each with as much of its first sentence as tells it from the others. */
  private static String commands(Help help) {
    Map<String, String> listed = new LinkedHashMap<>();
    help.subcommands()
        .forEach(
            (name, below) -> {
              String sentence = below.commandSpec().usageMessage().header()[0];
              listed.put("  " + name, sentence.replaceFirst("[.:,](\\s.*)?$", ""));
            });
    return help.createTextTable(listed).toString();
  }
}
