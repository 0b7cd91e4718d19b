/** Programs that measure: models of true size without their weights, time and memory of answers. */
package org.clapperboard.bench;
