/** Which samples look or sound like others: within a dataset, and like those of evaluation sets. */
package org.clapperboard.data.lookalike;
