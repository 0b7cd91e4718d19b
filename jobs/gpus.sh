#!/usr/bin/env bash
# Spark's discovery script: prints the GPUs of this host by their numbers. CUDA counts as nvidia-smi
# does only where CUDA_DEVICE_ORDER is PCI_BUS_ID.
set -euo pipefail

command -v nvidia-smi >/dev/null || {
  echo "Cannot find GPUs: there is no nvidia-smi (it comes with NVIDIA's driver)." >&2
  exit 1
}
numbers=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd, -)
echo "{\"name\": \"gpu\", \"addresses\": [$numbers]}"
