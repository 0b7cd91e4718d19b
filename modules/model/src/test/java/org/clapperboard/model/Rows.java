package org.clapperboard.model;

import java.util.Arrays;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.weights.Parameters;

/** Layers on rows of numbers in plain loops, over parameters below a prefix: an oracle. */
record Rows(Parameters parameters, String prefix) {

  static float[][] of(float[] values, int width) {
    float[][] rows = new float[values.length / width][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = Arrays.copyOfRange(values, row * width, (row + 1) * width);
    }
    return rows;
  }

  static float[] flat(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, values, row * rows[row].length, rows[row].length);
    }
    return values;
  }

  /** Rows times the transpose of a matrix, plus a bias. */
  static float[][] linear(float[][] x, float[] weight, float[] bias) {
    float[][] y = new float[x.length][bias.length];
    for (int row = 0; row < x.length; row++) {
      for (int out = 0; out < bias.length; out++) {
        double sum = bias[out];
        for (int in = 0; in < x[row].length; in++) {
          sum += (double) x[row][in] * weight[out * x[row].length + in];
        }
        y[row][out] = (float) sum;
      }
    }
    return y;
  }

  float[][] linear(String name, float[][] x) {
    return linear(x, values(name + ".weight"), values(name + ".bias"));
  }

  /** Layer norm of each row. */
  float[][] norm(String name, float[][] x, double eps) {
    float[] weight = values(name + ".weight");
    float[] bias = values(name + ".bias");
    float[][] y = new float[x.length][weight.length];
    for (int row = 0; row < x.length; row++) {
      double mean = 0;
      for (float value : x[row]) {
        mean += value / (double) weight.length;
      }
      double variance = 0;
      for (float value : x[row]) {
        variance += (value - mean) * (value - mean) / weight.length;
      }
      for (int i = 0; i < weight.length; i++) {
        y[row][i] = (float) ((x[row][i] - mean) / Math.sqrt(variance + eps) * weight[i] + bias[i]);
      }
    }
    return y;
  }

  /** SigLIP's head: a learned probe looks at all tokens, and a perceptron follows. */
  float[] pool(float[][] tokens, VisionConfig config) {
    int width = config.width();
    float[] weight = values("head.attention.in_proj_weight");
    float[] bias = values("head.attention.in_proj_bias");
    float[][][] projected = new float[3][][];
    float[][] probe = {values("head.probe")};
    for (int i = 0; i < 3; i++) {
      projected[i] =
          linear(
              i == 0 ? probe : tokens,
              Arrays.copyOfRange(weight, i * width * width, (i + 1) * width * width),
              Arrays.copyOfRange(bias, i * width, (i + 1) * width));
    }
    float[] seen = attend(projected[0][0], projected[1], projected[2], config.heads());
    float[][] x = linear("head.attention.out_proj", new float[][] {seen});
    float[][] up = linear("head.mlp.fc1", norm("head.layernorm", x, config.normEps()));
    for (int i = 0; i < up[0].length; i++) {
      double h = up[0][i];
      double inner = Math.sqrt(2 / Math.PI) * (h + 0.044715 * h * h * h);
      up[0][i] = (float) (0.5 * h * (1 + Math.tanh(inner)));
    }
    float[] added = linear("head.mlp.fc2", up)[0];
    float[] pooled = new float[width];
    for (int i = 0; i < width; i++) {
      pooled[i] = x[0][i] + added[i];
    }
    return pooled;
  }

  private static float[] attend(float[] query, float[][] keys, float[][] values, int heads) {
    int each = query.length / heads;
    float[] seen = new float[query.length];
    for (int head = 0; head < heads; head++) {
      double[] weights = new double[keys.length];
      for (int token = 0; token < keys.length; token++) {
        for (int i = head * each; i < (head + 1) * each; i++) {
          weights[token] += query[i] * (double) keys[token][i] / Math.sqrt(each);
        }
      }
      double sum = 0;
      for (int token = 0; token < keys.length; token++) {
        weights[token] = Math.exp(weights[token]);
        sum += weights[token];
      }
      for (int i = head * each; i < (head + 1) * each; i++) {
        double value = 0;
        for (int token = 0; token < keys.length; token++) {
          value += weights[token] / sum * values[token][i];
        }
        seen[i] = (float) value;
      }
    }
    return seen;
  }

  private float[] values(String name) {
    return parameters.tensor(prefix + name).toFloatArray();
  }
}
