/**
 * Decoding in another process, for files that hang or crash the native library, so that a bad one
 * costs a quarantine row and not an executor. {@link org.clapperboard.media.child.GuardedDecoder}
 * decides when it is needed.
 */
package org.clapperboard.media.child;
