package org.clapperboard.serve;

/** Why a request is not answered, as the client is told. */
final class Refusal extends RuntimeException {
  private final int status;
  private final String code;
  private final String param;

  /**
   * A refusal.
   *
   * @param status of HTTP
   * @param code for programs
   * @param param the field that is wrong, or null
   * @param message for people
   */
  Refusal(int status, String code, String param, String message) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }

  /** Something in the request is wrong. */
  static Refusal bad(String param, String message) {
    return new Refusal(400, "invalid_value", param, message);
  }

  /** Something in the request is longer than allowed. */
  static Refusal tooLarge(String param, String what, long limit) {
    return new Refusal(
        413, "too_large", param, what + " is too large (expected: at most " + limit + " bytes).");
  }

  static Refusal late() {
    return new Refusal(
        504, "timeout", null, "The answer was not finished within the time that is allowed.");
  }

  static Refusal stopping() {
    return new Refusal(503, "stopping", null, "The server is stopping.");
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  String param() {
    return param;
  }

  /** The class of error in OpenAI's words. */
  String type() {
    return switch (status) {
      case 429 -> "rate_limit_error";
      case 500, 503, 504 -> "server_error";
      default -> "invalid_request_error";
    };
  }

  /** Whether trying again later may help. */
  boolean passes() {
    return status == 429 || status == 503;
  }
}
