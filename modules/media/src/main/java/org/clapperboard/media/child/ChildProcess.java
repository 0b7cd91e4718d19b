package org.clapperboard.media.child;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.clapperboard.config.InternalFailure;

/** A running child and the wire to it. */
final class ChildProcess implements AutoCloseable {

  private static final int DEATH_SECONDS = 5;

  private final Process process;
  private Wire wire;

  private ChildProcess(Process process) {
    this.process = process;
  }

  /** Starts a virtual machine; {@link #greet} waits until it is ready. */
  static ChildProcess spawn(Class<?> mainClass, int maxHeapMegabytes) throws IOException {
    return new ChildProcess(
        new ProcessBuilder(command(mainClass, maxHeapMegabytes))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  /** Waits for the child's first word. */
  Message greet() throws IOException {
    wire = new Wire(process.getInputStream(), process.getOutputStream());
    return wire.receive();
  }

  Wire wire() {
    return wire;
  }

  /** What is known of its end, once the wire broke; it may still be dying. */
  String epitaph() {
    try {
      return process.waitFor(DEATH_SECONDS, TimeUnit.SECONDS)
          ? "it ended with code " + process.exitValue()
          : "it closed its output";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "its end was not awaited";
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static List<String> command(Class<?> mainClass, int maxHeapMegabytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + maxHeapMegabytes + "m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=/dev/null");
    command.add("-XX:+DisplayVMOutputToStderr");
    command.add("-Djava.awt.headless=true");
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("org.bytedeco.javacpp.")) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    command.add("-cp");
    command.add(classPath(mainClass));
    command.add(mainClass.getName());
    return command;
  }

  /**
   * Where the needed classes came from. Not this process's own class path: in a Spark executor the
   * application's jars are not on it.
   */
  private static String classPath(Class<?> mainClass) {
    Properties platform = Loader.loadProperties();
    String prefix = platform.getProperty("platform.library.prefix", "");
    String suffix = platform.getProperty("platform.library.suffix", "");
    String folder = platform.getProperty("platform") + "/" + prefix;
    return Stream.of(
            mainClass.getName().replace('.', '/') + ".class",
            "org/clapperboard/media/MediaDecoder.class",
            "org/clapperboard/config/InternalFailure.class",
            "org/bytedeco/javacpp/Loader.class",
            "org/bytedeco/javacpp/" + folder + "jnijavacpp" + suffix,
            "org/bytedeco/ffmpeg/global/avutil.class",
            "org/bytedeco/ffmpeg/" + folder + "jniavutil" + suffix,
            "org/jtransforms/fft/DoubleFFT_1D.class",
            "org/visnow/jlargearrays/LargeArray.class")
        .map(ChildProcess::place)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The jar or folder that holds a resource. */
  private static String place(String resource) {
    URL found = ChildProcess.class.getClassLoader().getResource(resource);
    if (found == null) {
      throw new InternalFailure(
          "Cannot start a decoding process: no " + resource + " on the class path");
    }
    String address = found.toString();
    String root = address.substring(0, address.length() - resource.length());
    if (root.startsWith("jar:")) {
      root = root.substring("jar:".length(), root.length() - "!/".length());
    }
    return Path.of(URI.create(root)).toString();
  }
}
