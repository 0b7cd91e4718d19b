package org.clapperboard.app;

import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The JVMs that a script has started, by their main class and arguments. The arguments that {@link
 * ProcessHandle} knows are missing where a command is longer than a page of memory, as the class
 * path of Spark is in a folder of a long name.
 */
final class Jvms {
  private Jvms() {}

  /** Those below a script whose main class and arguments are as asked for. */
  static List<ProcessHandle> of(Process script, Predicate<String> command) {
    Map<String, String> commands =
        VirtualMachine.list().stream()
            .collect(
                Collectors.toMap(
                    VirtualMachineDescriptor::id, VirtualMachineDescriptor::displayName));
    return script
        .descendants()
        .filter(process -> command.test(commands.getOrDefault(String.valueOf(process.pid()), "")))
        .toList();
  }
}
