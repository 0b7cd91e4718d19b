/** All commands one after the other, on a small world. */
package org.clapperboard.app.tour;
