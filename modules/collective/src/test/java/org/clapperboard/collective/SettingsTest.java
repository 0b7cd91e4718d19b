package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.clapperboard.collective.CollectiveStats.OperationStats;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private static final CollectiveOptions OPTIONS = CollectiveOptions.defaults();

  @Test
  void the_defaults_wait_two_minutes_for_a_late_rank() {
    assertThat(OPTIONS)
        .isEqualTo(
            new CollectiveOptions(
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                262_144,
                1,
                0,
                Encryption.OFF,
                SameHost.SHARED_MEMORY,
                Wire.FP32,
                Route.AUTO));
  }

  @Test
  void options_out_of_range_are_refused() {
    assertRefused(
        () -> OPTIONS.withDeadline(Duration.ZERO), "deadline is PT0S (expected: more than 0).");
    assertRefused(
        () -> OPTIONS.withConnectTimeout(Duration.ofSeconds(-1)),
        "connectTimeout is PT-1S (expected: more than 0).");
    assertRefused(
        () -> OPTIONS.withChunkBytes(1022),
        "chunkBytes is 1022 (expected: a multiple of 4 up to 64 MiB).");
    assertRefused(() -> OPTIONS.withStreams(65), "streams is 65 (expected: 1 to 64).");
    assertRefused(
        () -> OPTIONS.withSocketBufferBytes(-1), "socketBufferBytes is -1 (expected: 0 or more).");
  }

  @Test
  void a_peer_is_called_by_host_and_port_unless_it_has_a_name() {
    assertThat(new Peer("host-b", 40123).name()).isEqualTo("host-b:40123");
    assertRefused(() -> new Peer(" ", 1, "x"), "host is blank (expected: a name or an address).");
    assertRefused(() -> new Peer("a", 0, "x"), "port is 0 (expected: 1 to 65535).");
    assertRefused(
        () -> new Membership(2, List.of(new Peer("a", 1), new Peer("b", 1))),
        "rank is 2 (expected: 0 to 1).");
  }

  @Test
  void peers_of_a_host_come_one_after_the_other_and_the_first_stays_first() {
    List<Peer> peers =
        List.of(new Peer("b", 1), new Peer("a", 2), new Peer("b", 3), new Peer("a", 4));
    assertThat(Peer.byHost(peers)).extracting(Peer::port).containsExactly(1, 3, 2, 4);
  }

  @Test
  void a_key_travels_but_is_never_printed() throws Exception {
    byte[] secret = new byte[32];
    secret[0] = 77;
    JobKey key = JobKey.of("job-7", secret);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(key);
    JobKey copy =
        (JobKey) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

    assertThat(key).hasToString("JobKey[job-7]");
    assertThat(copy.mac("label", new byte[] {1})).isEqualTo(key.mac("label", new byte[] {1}));
    assertThat(copy.jobHash()).isEqualTo(key.jobHash());
    assertRefused(
        () -> JobKey.of("job-7", new byte[31]), "The secret has 31 bytes (expected: 32).");
  }

  @Test
  void the_mac_is_hmac_sha_256_and_depends_on_label_parts_and_key() {
    JobKey key = JobKey.of("job", new byte[32]);
    byte[] mac = key.mac("dialer", new byte[] {1, 2}, new byte[] {3});

    // From: printf 'dialer\0\x01\x02\x03' | openssl dgst -sha256 -mac HMAC -macopt hexkey:00...00
    assertThat(mac)
        .asHexString()
        .isEqualToIgnoringCase("6179427da52e753dd65fe47c7b4fe469dadc86468b487ab90016fd21d2b957f3");
    assertThat(key.mac("acceptor", new byte[] {1, 2}, new byte[] {3})).isNotEqualTo(mac);
    assertThat(key.mac("dialer", new byte[] {1, 2}, new byte[] {4})).isNotEqualTo(mac);
    assertThat(JobKey.random("job").mac("dialer", new byte[] {1, 2}, new byte[] {3}))
        .isNotEqualTo(mac);
  }

  @Test
  void statistics_since_an_earlier_reading_are_differences() {
    OperationStats once = new OperationStats(1, 2.0, 1.5);
    OperationStats more = new OperationStats(4, 5.0, 3.5);
    CollectiveStats earlier =
        new CollectiveStats(10, 20, Map.of(Operation.BARRIER, once, Operation.SUM, once));
    CollectiveStats later =
        new CollectiveStats(15, 28, Map.of(Operation.BARRIER, more, Operation.SUM, once));

    assertThat(later.since(earlier))
        .isEqualTo(
            new CollectiveStats(5, 8, Map.of(Operation.BARRIER, new OperationStats(3, 3.0, 2.0))));
    assertThat(later.seconds()).isEqualTo(7.0);
    assertThat(later.waitingSeconds()).isEqualTo(5.0);
  }

  @Test
  void amounts_take_the_unit_of_the_whole() {
    assertThat(Lateness.amount(12 << 20, 64 << 20)).isEqualTo("12 of 64 MiB");
    assertThat(Lateness.amount(0, 195_313)).isEqualTo("0 of 190.7 KiB");
    assertThat(Lateness.amount(1, 1023)).isEqualTo("1 of 1023 bytes");
    assertThat(Lateness.amount(3L << 30, 2048L << 30)).isEqualTo("3 of 2048 GiB");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
