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
conf=$root/conf/demo
model=$run/model
sets=(--set "run=$run")
stages=("${sets[@]}" --set "seed=$seed")
if ((${#few[@]})); then
  stages+=(--set steps=4 --set exam.at-least=0)
fi
started=$SECONDS

step() {
  printf '\n== %s\n' "$1"
}

choose_spark
if [[ -z ${SPARK_MASTER:-} && $spark == "$embedded" ]]; then start_cluster; fi

step "Media: a small world of moving shapes and sounds, as real files"
run_local DemoMediaCommand --to "$run/raw" --seed "$seed" "${few[@]}"

step "Prepare: decode every file once, on the executors"
submit PrepareCommand "$conf/prepare.yaml" "${stages[@]:0:4}"

step "Train: foundations that stand in for downloaded weights, then the six stages"
submit CurriculumCommand "$conf" "${stages[@]}"

step "Export: the model in the Hugging Face layout"
if [[ -e $model/config.json && $model/config.json -nt $run/stage6-av-joint/result.json ]]; then
  echo "Kept what is in $model"
else
  run_local ExportCommand "$conf/stage6-av-joint.yaml" "${stages[@]}" --to "$model"
fi

step "Evaluate: the exported model, and with one sense withheld"
submit app.exam.EvaluateCommand "$conf/evaluate.yaml" "${sets[@]}" --groups --model "$model"

step "Ask: a clip the model has never seen"
clip=$run/raw/test/av-00001.mp4
question="what do you see and hear ?"
echo "Question: $question"
echo "Answer:   $(run_local AskCommand --model "$model" --video "$clip" "$question")"

shown() { realpath --relative-to="$PWD" "$1"; }
cat <<END

Done in $((SECONDS - started)) s.
  the run      $(shown "$run")
  its ledger   jobs/inspect.sh --run $(shown "$run") "SELECT stage, count(*) FROM ledger GROUP BY stage"
  its curves   tensorboard --logdir $(shown "$run")
  the model    $(shown "$model")
Ask the next question:
  jobs/ask.sh --model $(shown "$model") --video $(shown "$clip") "what colour is the shape ?"
To start over: rm -r $(shown "$run")
END
