package org.clapperboard.app;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.serve.ModelServer;
import org.clapperboard.serve.ServeConfig;
import org.clapperboard.serve.ServeLimits;
import org.clapperboard.serve.ServedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/serve.sh}: a model behind OpenAI's chat completions. */
@Command(
    name = "jobs/serve.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Answers POST /v1/chat/completions for an exported model until it is stopped; / is a page to",
      "talk with it. If CLAPPERBOARD_TOKEN is set, clients must know that token; to serve others",
      "than this machine it must be."
    },
    footer = {
      "  jobs/serve.sh --model my-model",
      "  CLAPPERBOARD_TOKEN=secret jobs/serve.sh --model my-model --host 0.0.0.0 --port 80"
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FOLDER",
      description = "Exported model.")
  private Path model;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "By which clients ask for it. Default: that of its folder.")
  private String name;

  @Option(
      names = "--media",
      paramLabel = "FOLDER",
      description = "Files below this folder may be named in requests. Default: none.")
  private Path media;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Where it listens. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "0 for any. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Longest answer. Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens;

  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      defaultValue = "32",
      description =
          "Longest body of a request; a file may take 3/4 of it. Default: ${DEFAULT-VALUE}.")
  private int maxBody;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Most requests that are answered at once. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "64",
      description = "Most requests that wait. Default: ${DEFAULT-VALUE}.")
  private int queue;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "From a request to the end of its answer. Default: ${DEFAULT-VALUE}.")
  private int timeout;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new ServeCommand(), arguments);
  }

  @Override
  public Integer call() throws InterruptedException {
    ServeConfig config = config();
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    String called =
        name != null ? name : model.toAbsolutePath().normalize().getFileName().toString();
    ServedModel served = load(called);
    ModelServer server = started(served, config);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    console.line("Serving %s at %s", called, server.address());
    // A signal ends the process; the hook above lets it finish what it has begun.
    new CountDownLatch(1).await();
    return 0;
  }

  private ServedModel load(String called) {
    return Waiting.during(
        console, "Reading the model in " + model, () -> ServedModel.load(called, model));
  }

  private ModelServer started(ServedModel served, ServeConfig config) {
    try {
      return ModelServer.start(served, config);
    } catch (UncheckedIOException e) {
      throw new ParameterException(
          spec.commandLine(),
          "Cannot serve at " + host + ":" + port + ": " + e.getCause().getMessage(),
          e);
    }
  }

  private ServeConfig config() {
    try {
      ServeLimits usual = ServeLimits.DEFAULT;
      long body = (long) maxBody << 20;
      return new ServeConfig(
          host,
          port,
          System.getenv("CLAPPERBOARD_TOKEN"),
          media,
          new ServeLimits(
              body,
              body / 4 * 3,
              usual.media(),
              maxNewTokens,
              queue,
              batch,
              Duration.ofSeconds(timeout),
              usual.read()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
