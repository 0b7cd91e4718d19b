/** The commands behind jobs/*.sh; the only place with main, exit codes and the console. */
package org.clapperboard.app;
