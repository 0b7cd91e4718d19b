#!/usr/bin/env bash
# The whole way, small: makes a little world of clips and sounds, prepares it, trains all stages on
# it, exports the model, examines it and asks it a question.
#
#   jobs/demo.sh [--seed N] [--run FOLDER] [--few]
#
#   --seed N       another world and another fresh start (default: 1)
#   --run FOLDER   where everything is kept (default: runs/demo, with another seed runs/demo-N)
#   --few          a tenth of the data and a few real steps of every stage: a check, no model
#
# What is there already is kept, so an interrupted demo goes on where it stopped.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seed=1 run='' few=()
while (($#)); do
  case $1 in
    --seed) seed=${2:?--seed needs a number}; shift 2 ;;
    --run) run=${2:?--run needs a folder}; shift 2 ;;
    --few) few=(--few); shift ;;
    -h | --help) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;;
    *) fail "Unknown option $1 (expected: --seed, --run or --few). jobs/demo.sh --help says more." ;;
  esac
done
[[ $seed =~ ^[0-9]+$ ]] || fail "--seed is $seed (expected: a whole number)."
if [[ -z $run ]]; then
  run=$root/runs/demo${few[0]+-few}
  ((seed == 1)) || run=$run-$seed
fi
run=$(realpath -m "$run")
started=$SECONDS
SPARK_ARGS="--driver-memory 2g ${SPARK_ARGS:-}" \
  submit app.tour.DemoCommand --conf "$root/conf/demo" --run "$run" --seed "$seed" "${few[@]}"

shown() { realpath --relative-to="$PWD" "$1"; }
model=$(shown "$run/model")
cat <<END

Done in $((SECONDS - started)) s.
  the run      $(shown "$run")
  its ledger   jobs/inspect.sh --run $(shown "$run") "SELECT stage, count(*) FROM ledger GROUP BY stage"
  its curves   tensorboard --logdir $(shown "$run")
  the model    $model
Ask the next question:
  jobs/ask.sh --model $model --video $(shown "$run/raw/test/av-00001.mp4") "what colour is the shape ?"
To start over: rm -r $(shown "$run")
END
