/**
 * The demo's closed world: moving coloured shapes and sounds, as real media files with manifests in
 * the formats of published datasets.
 */
package org.clapperboard.app.demo;
