package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServeConfigTest {

  private static ServeConfig at(String host, String token) {
    return new ServeConfig(host, 8080, token, null, ServeLimits.DEFAULT);
  }

  @Test
  void others_than_this_machine_are_served_only_with_a_token() {
    assertThat(at("127.0.0.1", null).token()).isNull();
    assertThat(at("::1", null).token()).isNull();
    assertThat(at("0.0.0.0", "secret").token()).isEqualTo("secret");
    assertThatThrownBy(() -> at("0.0.0.0", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot serve at 0.0.0.0 without a token: whoever reaches this machine could ask."
                + " Put one into CLAPPERBOARD_TOKEN, or serve at 127.0.0.1.");
    assertThatThrownBy(() -> at("0.0.0.0", " "))
        .hasMessage("The token is blank (expected: a secret, or none).");
  }

  @Test
  void a_port_and_a_folder_must_be_ones() {
    assertThatThrownBy(() -> new ServeConfig("127.0.0.1", 70_000, null, null, ServeLimits.DEFAULT))
        .hasMessage("port is 70000 (expected: 0 to 65535).");
    Path none = Path.of("no-such-folder");
    assertThatThrownBy(() -> new ServeConfig("127.0.0.1", 0, null, none, ServeLimits.DEFAULT))
        .hasMessage("Cannot serve files of no-such-folder: there is no such folder.");
  }
}
