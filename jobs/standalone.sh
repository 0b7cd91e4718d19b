#!/usr/bin/env bash
# A standalone Spark cluster by hand: a master, and a worker for every rank. Each runs until it is
# stopped, in a terminal of its own.
#
#   jobs/standalone.sh master
#   jobs/standalone.sh worker spark://127.0.0.1:7077
#   SPARK_MASTER=spark://127.0.0.1:7077 jobs/train.sh my-stage.yaml
#
# Further options go to Spark's Master and Worker; without them these hold:
#   --host 127.0.0.1  --port 7077 (of a master)  --cores 1  --memory 2g (of a worker)
#
# It is the Spark that Maven brings, or that of SPARK_HOME.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

role=${1:-}
case $role in
  master) class=master.Master usual=(--host 127.0.0.1 --port 7077 --webui-port 0) ;;
  worker)
    [[ ${2:-} == spark://* ]] ||
      fail "Cannot start a worker: it is told ${2:-no master} (expected: spark://HOST:PORT, as the master says)."
    class=worker.Worker usual=(--host 127.0.0.1 --cores 1 --memory 2g --webui-port 0)
    ;;
  -h | --help) sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;;
  *) fail "Cannot start ${role:-nothing} (expected: master or worker). jobs/standalone.sh --help says more." ;;
esac
shift
choose_spark
if [[ $role == worker ]]; then
  work=$(mktemp -d "${TMPDIR:-/tmp}/clapperboard-worker.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  usual+=(--work-dir "$work")
fi
echo "Starts a $role: ${usual[*]} $*" >&2
if [[ -n ${SPARK_HOME:-} ]]; then
  attended "$SPARK_HOME/bin/spark-class" "org.apache.spark.deploy.$class" "${usual[@]}" "$@"
else
  set_deploy
  attended "${deploy[@]}" "org.apache.spark.deploy.$class" "${usual[@]}" "$@"
fi
