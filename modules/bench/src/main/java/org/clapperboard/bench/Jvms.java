package org.clapperboard.bench;

import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The JVMs that a script has started. */
final class Jvms {
  private Jvms() {}

  /**
   * Those below a script with their main classes and arguments. {@link ProcessHandle#info} knows no
   * arguments of a command longer than a page of memory, as the class path of Spark makes it in a
   * folder of a long name.
   */
  static Map<ProcessHandle, String> below(Process script) {
    Map<String, String> commands =
        VirtualMachine.list().stream()
            .collect(
                Collectors.toMap(
                    VirtualMachineDescriptor::id, VirtualMachineDescriptor::displayName));
    return script
        .descendants()
        .filter(process -> commands.containsKey(String.valueOf(process.pid())))
        .collect(
            Collectors.toMap(
                Function.identity(), process -> commands.get(String.valueOf(process.pid()))));
  }
}
