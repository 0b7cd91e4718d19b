/**
 * YAML into checked values: all problems at once, with file, line and suggestion. Knows no key of
 * its own.
 *
 * <p>A record states its rules in its constructor and reads itself in one expression; defaults
 * stand in that expression only:
 *
 * <pre>{@code
 * public record OptimizerConfig(double lr, double weightDecay, int warmupSteps) {
 *   public OptimizerConfig {
 *     try (Rules rules = new Rules()) {
 *       rules.positive("lr", lr);
 *       rules.between("weightDecay", weightDecay, 0, 1);
 *       rules.atLeast("warmupSteps", warmupSteps, 0);
 *     }
 *   }
 *
 *   static OptimizerConfig read(Section section) {
 *     return section.build(() -> new OptimizerConfig(
 *         section.number("lr"), section.number("weight-decay", 0.0),
 *         section.integer("warmup-steps", 0)));
 *   }
 * }
 *
 * OptimizerConfig optimizer = ConfigFile.read(
 *     Path.of("conf/stage.yaml"), List.of("optimizer.lr=1e-4"),
 *     root -> OptimizerConfig.read(root.section("optimizer")));
 * }</pre>
 *
 * <p>Files may name others under {@code include}, whose values lie beneath their own, and refer to
 * keys and environment variables as in HOCON: {@code ${data.root}}, {@code ${?optional}}.
 */
package org.clapperboard.config;
