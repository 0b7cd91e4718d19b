/**
 * YAML into checked values: all problems at once, with file, line and suggestion. Knows no key of
 * its own.
 */
package org.clapperboard.config;
