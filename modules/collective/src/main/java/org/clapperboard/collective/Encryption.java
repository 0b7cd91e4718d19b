package org.clapperboard.collective;

/** Whether the ranks hide from the network what they say; all of them need the same. */
public enum Encryption {
  /** Peers prove who they are, but frames travel as they are. */
  OFF("off"),

  /** Every frame is encrypted and proved with AES-256-GCM, with keys of its connection alone. */
  AES_GCM("aes-gcm");

  private final String label;

  Encryption(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }
}
