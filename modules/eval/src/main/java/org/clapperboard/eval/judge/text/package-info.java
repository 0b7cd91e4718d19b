/** How alike texts are, by the measures that captions and translations are scored with. */
package org.clapperboard.eval.judge.text;
