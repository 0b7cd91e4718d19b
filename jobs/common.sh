# Sourced by the other scripts: builds what is missing and runs a command, on the Spark of
# $SPARK_HOME when that is set, else on the embedded one.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=$root/modules/app/target/clapperboard.jar
lib=$root/modules/app/target/lib
embedded=$root/modules/embedded-spark/target/spark
export ENGINE_CACHE_DIR=${ENGINE_CACHE_DIR:-$root/target/engine-cache}
# Spark's own folder of settings, should somebody make one. It is on the class path then, and what has
# a folder there cannot take classes from an archive.
settings=$root/conf/spark
logging=-Dlog4j2.configurationFile=$root/conf/log4j2.properties
# Where commands list the classes that their processes load, and the archive made of them.
lists=$root/target/class-lists
archive=$root/target/classes.jsa

# How wide a line of progress may be.
if [[ -t 1 && -z ${COLUMNS:-} ]]; then
  COLUMNS=$(tput cols 2>/dev/null) && export COLUMNS
fi

fail() {
  echo "$1" >&2
  exit 2
}

# Builds the application unless it is newer than its sources. A fresh clone has passed the checks of
# the compiler; one in which something was changed has not.
build() {
  local made=${class_path:-$jar} unchecked=()
  if [[ -f $jar && -f $made && -d $embedded/jars ]] &&
    [[ -z $(find "$root"/pom.xml "$root"/modules/*/pom.xml "$root"/modules/*/src/main -newer "$made" -print -quit) ]]; then
    return
  fi
  if [[ ! -d $root/modules/app/target && -z $(git -C "$root" status --porcelain 2>&1) ]]; then
    unchecked=(-Punchecked)
  fi
  command -v mvn >/dev/null || fail "Cannot build: Maven is not installed (mvn is not in PATH)."
  echo "Building Clapperboard (the first time, dependencies are downloaded) ..." >&2
  (cd "$root" && mvn -q -B "${unchecked[@]}" -Dmaven.test.skip -Dspotless.check.skip -Dmdep.analyze.skip package) >&2
  built=yes
  # Maven leaves a jar as it is when only what stands beside it has changed.
  touch "$jar" "$made"
}

# Prints the option by which a process takes its classes from the archive, which saves it half of its
# start; in a command that teaches, that by which it lists them. Beside an archive that does not fit
# Java does without its own as well.
shared() {
  if [[ -n ${teaches:-} ]]; then
    echo "-XX:DumpLoadedClassList=$teaches/$1-%p"
  elif [[ -s $archive && $archive -nt $jar && ! -d $settings ]]; then
    echo "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:SharedArchiveFile=$archive"
  fi
}

# Makes the archive if a build or something learned has come after it; but not after a build that one
# has just waited for.
keep_classes() {
  local made=$archive.$$
  if [[ -n ${built:-} || ! -d $lists || -d $settings ]] || [[ $archive -nt $jar && $archive -nt $lists ]]; then return; fi
  echo "Keeping the classes that Spark loads, so that commands start sooner (once) ..." >&2
  # A process that was killed leaves half a line.
  find "$lists" -type f -exec sed -s '$d' {} + | awk '!seen[$0]++' >"$made.list"
  java -Xshare:dump -XX:SharedClassListFile="$made.list" -XX:SharedArchiveFile="$made" -cp "$classes" >"$made.log" 2>&1 ||
    : >"$made"
  mv -f "$made" "$archive"
  rm -f "$made".*
}

# teach KIND: the command that follows lists its classes if none of its kind has done so.
teach() {
  [[ ! -d $lists/$1 ]] || return 0
  teaches=$lists.$1
  rm -rf "$teaches"
  mkdir -p "$teaches"
}

# What a command has listed counts when it ended well.
taught() {
  [[ -n ${teaches:-} ]] || return 0
  mkdir -p "$lists"
  mv -T "$teaches" "$lists/${teaches##*.}" 2>/dev/null || rm -rf "$teaches"
}

# Says which Spark is used; refuses one that cannot work.
choose_spark() {
  build
  if [[ -n ${SPARK_HOME:-} ]]; then
    local core
    core=$(basename "$(ls "$SPARK_HOME"/jars/spark-core_*.jar 2>/dev/null | head -n 1)")
    [[ $core == spark-core_2.13-4.* ]] ||
      fail "SPARK_HOME is $SPARK_HOME with ${core:-no spark-core} (expected: Spark 4.x for Scala 2.13). Unset SPARK_HOME to use the embedded Spark."
    spark=$SPARK_HOME
  else
    spark=$embedded
    # Java asks one jar after the other for a class: those that have most of them come first.
    ours=$(printf '%s\n' "$embedded"/jars/{scala-library,spark-core,log4j-core,parquet,jackson-databind,hadoop-client,spark,netty-common,netty-transport-4}*.jar |
      awk '!seen[$0]++' | paste -sd:):$lib/*
    # As Spark's launcher goes on for drivers and executors: one archive fits them all.
    classes=$(printf '%s:' "$ours" "$settings/" "$embedded"/jars/slf4j-api-*.jar)$embedded/jars/*
  fi
}

# run_local CLASS ARGUMENTS...: a command that needs no cluster, in one JVM. A class of another
# package than app is named with it; what it needs beside the application stands in class_path.
run_local() {
  local class=$1
  [[ $class == *.* ]] || class=app.$class
  shift
  choose_spark
  # shellcheck disable=SC2046 # An option or none.
  attended java $(shared local) -Xmx2g -Dorg.bytedeco.javacpp.cachedir="$ENGINE_CACHE_DIR/javacpp" "$logging" \
    -cp "${classes:-$lib/*:$spark/jars/*}:$jar${class_path:+:$class_path}" "org.clapperboard.$class" "$@"
}

# Whether a command is to explain itself, for which no cluster is started.
asks_for_help() {
  local argument
  for argument in "$@"; do
    case $argument in -h | --help | -V | --version) return ;; esac
  done
  return 1
}

# submit CLASS ARGUMENTS...: a Spark job. SPARK_MASTER names the master; without one the embedded
# Spark runs on a cluster on this machine that lives as long as the job. SPARK_ARGS holds further
# options for spark-submit. A class of another package than app is named with it, and class_path is
# its jar.
submit() {
  local class=$1 main=${class_path:-$jar} beside=()
  [[ $class == *.* ]] || class=app.$class
  [[ $main == "$jar" ]] || beside=("$jar")
  shift
  if asks_for_help "$@"; then
    run_local "$class" "$@"
    return
  fi
  choose_spark
  if [[ -n ${SPARK_HOME:-} ]]; then
    # shellcheck disable=SC2086 # SPARK_ARGS is a list of options.
    attended "$SPARK_HOME/bin/spark-submit" ${SPARK_MASTER:+--master "$SPARK_MASTER"} ${SPARK_ARGS:-} \
      --class "org.clapperboard.$class" --jars "$(ls "$lib"/*.jar "${beside[@]}" | paste -sd, -)" "$main" "$@"
    return
  fi
  keep_classes
  case $class in
    app.TrainCommand | app.CurriculumCommand | app.tour.*) teach train ;;
    app.inspect.*) teach inspect ;;
  esac
  # Its workers start when the driver is about to: the launcher runs while the master comes up.
  [[ -n ${SPARK_MASTER:-} ]] || start_master
  # A driver that only tells executors what to do ends before the second compiler pays, and so do the
  # executors of the demo. Without it a JVM reserves too little room for what Spark generates.
  local first_only="-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=160m"
  # Executors give it ten times the usual calls and loops: what a rank repeats for hours still gets there.
  local second_later="-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 -XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
  # Others may be told which collector to use, and a JVM refuses two.
  [[ $class != app.tour.* ]] || first_only+=" -XX:+UseSerialGC"
  # Spark puts users' own options after these.
  local driver="$logging -Dorg.bytedeco.javacpp.cachedir=$ENGINE_CACHE_DIR/javacpp"
  local executor="$driver -Xss4m $second_later $(shared executor)"
  driver+=" $(shared driver)"
  [[ $SPARK_MASTER == local* && $class != app.inspect.* ]] || driver+=" $first_only"
  [[ $class != app.tour.* ]] || executor+=" $first_only"
  # shellcheck disable=SC2086
  embedded_submit --master "$SPARK_MASTER" --class "org.clapperboard.$class" \
    --conf "spark.driver.extraClassPath=$ours${beside:+:$jar}" \
    --conf "spark.executor.extraClassPath=$ours${beside:+:$jar}" \
    --conf "spark.driver.defaultJavaOptions=$driver" \
    --conf "spark.executor.defaultJavaOptions=$executor" \
    --conf "spark.executorEnv.ENGINE_CACHE_DIR=$ENGINE_CACHE_DIR" \
    --conf spark.executorEnv.OMP_NUM_THREADS=1 \
    --conf spark.executor.cores=1 --conf spark.executor.memory=1g \
    --conf spark.ui.enabled=false ${SPARK_ARGS:-} "$main" "$@"
  taught
}

# bin/spark-submit without a distribution: Spark's launcher prints the java command, we run it.
embedded_submit() {
  local -x SPARK_HOME=$embedded SPARK_SCALA_VERSION=2.13 SPARK_CONF_DIR=$settings
  local -x SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1}
  local command=() part status
  while IFS= read -r -d '' part; do
    # The launcher begins with an empty line; the incubator flag only brings a warning.
    part=${part#$'\n'}
    [[ -z $part || $part == --add-modules=jdk.incubator.vector ]] || command+=("$part")
  done < <(java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$embedded/jars/*" \
    org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@"; printf '%d\0' $?)
  status=${command[-1]}
  [[ $status == 0 ]] || exit "$status"
  unset 'command[-1]'
  if [[ -n ${workers_to_start:-} ]]; then start_workers; fi
  attended "${command[@]}"
}

# Runs a command that a signal to this shell ends: while a shell waits for a command in the
# foreground it hears no signal.
attended() {
  trap 'abandon 130' INT
  trap 'abandon 143' TERM
  "$@" <&0 &
  attended_pid=$!
  wait "$attended_pid"
  attended_pid=''
}

abandon() {
  if [[ -n $attended_pid ]] && kill "$attended_pid" 2>/dev/null; then
    wait "$attended_pid" || true
  fi
  exit "$1"
}

# Sets deploy to the command of a master or a worker of the embedded Spark, but for its class and its
# options.
set_deploy() {
  # shellcheck disable=SC2046 # An option or none.
  deploy=(env "SPARK_HOME=$embedded" SPARK_SCALA_VERSION=2.13
    java $(shared daemon) -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$logging" -cp "$classes")
}

# A standalone Spark on this machine: a master and CLAPPERBOARD_WORKERS workers of one core. It is
# stopped when the script ends, also when it is interrupted.
start_cluster() {
  start_master
  start_workers
}

# Starts the master and says in SPARK_MASTER where it will be.
start_master() {
  local port=$((20000 + RANDOM % 20000))
  workers_to_start=${CLAPPERBOARD_WORKERS:-2}
  cluster_work=$(mktemp -d "${TMPDIR:-/tmp}/clapperboard-cluster.XXXXXX")
  cluster_pids=()
  trap stop_cluster EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  daemon master.Master --host 127.0.0.1 --port "$port" --webui-port 0
  export SPARK_MASTER=spark://127.0.0.1:$port
}

# Starts the workers as soon as the master listens: one that comes too soon tries again much later.
start_workers() {
  local i port=${SPARK_MASTER##*:}
  for ((i = 0; i < 300; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
  done
  for ((i = 0; i < workers_to_start; i++)); do
    daemon worker.Worker --host 127.0.0.1 --cores 1 --memory 2g --webui-port 0 \
      -d "$cluster_work" "$SPARK_MASTER"
  done
  workers_to_start=''
}

daemon() {
  local class=$1 deploy
  shift
  set_deploy
  SPARK_LOCAL_IP=127.0.0.1 setsid "${deploy[@]}" "org.apache.spark.deploy.$class" "$@" \
    >"$cluster_work/$class-${#cluster_pids[@]}.log" 2>&1 &
  cluster_pids+=($!)
}

stop_cluster() {
  local pid
  for pid in "${cluster_pids[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
  for pid in "${cluster_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$cluster_work"
}
