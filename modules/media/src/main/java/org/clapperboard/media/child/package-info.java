/**
 * Decoding in another process, for files that hang or crash the native library. Used for the second
 * attempt at a file, so that a bad one costs a quarantine row and not an executor.
 */
package org.clapperboard.media.child;
