/**
 * What tests of several modules share: an independent safetensors reader, golden fixtures, a local
 * Spark, generated clips.
 */
package org.clapperboard.testing;
