package org.clapperboard.serve;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.IntSupplier;

/** What a server counts, for Prometheus. */
final class ServeMetrics {
  private static final double[] SECONDS = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300};
  private static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("clapperboard_requests")
          .help("Requests that were answered, by path and status; 499: the client had left.")
          .labelNames("path", "status")
          .register(registry);
  private final Counter tokens =
      Counter.builder()
          .name("clapperboard_tokens")
          .help("Positions of prompts with their media, and tokens of answers.")
          .labelNames("of")
          .register(registry);
  private final Histogram rows = histogram("clapperboard_batch_rows", "Requests in a batch.", ROWS);
  private final Histogram batchSeconds =
      histogram("clapperboard_batch_seconds", "From a batch's start to its end.", SECONDS);
  private final Histogram mediaSeconds =
      histogram("clapperboard_media_seconds", "Reading and decoding of one medium.", SECONDS);
  private final Histogram seconds =
      histogram("clapperboard_request_seconds", "From a question's arrival to its end.", SECONDS);

  private Histogram histogram(String name, String help, double[] bounds) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicOnly()
        .classicUpperBounds(bounds)
        .register(registry);
  }

  void watchQueue(IntSupplier length) {
    GaugeWithCallback.builder()
        .name("clapperboard_queue_length")
        .help("Requests that wait for the model.")
        .callback(callback -> callback.call(length.getAsInt()))
        .register(registry);
  }

  void request(String path, int status) {
    requests.labelValues(path, String.valueOf(status)).inc();
  }

  void question(long nanos) {
    seconds.observe(nanos / 1e9);
  }

  void medium(long nanos) {
    mediaSeconds.observe(nanos / 1e9);
  }

  void answered(List<Ticket> batch, long nanos) {
    rows.observe(batch.size());
    batchSeconds.observe(nanos / 1e9);
    for (Ticket ticket : batch) {
      tokens.labelValues("prompts").inc(ticket.order().length());
      tokens.labelValues("answers").inc(ticket.tokens());
    }
  }

  /** Writes everything in the text format of Prometheus. */
  void write(OutputStream out) throws IOException {
    PrometheusTextFormatWriter.create().write(out, registry.scrape());
  }
}
