/** The loop: batch, loss, gradients, sharded optimizer, ledger, checkpoint. */
package org.clapperboard.train;
