/** Questions to a run and to datasets: the commands behind {@code jobs/inspect.sh}. */
package org.clapperboard.app.inspect;
