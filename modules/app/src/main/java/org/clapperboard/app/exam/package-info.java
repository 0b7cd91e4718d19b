/** Exams of exported models: what {@code jobs/evaluate.sh} does and shows. */
package org.clapperboard.app.exam;
