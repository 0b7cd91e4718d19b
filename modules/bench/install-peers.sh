#!/usr/bin/env bash
# Installs what jobs/bench.sh measures beside, as Debian and Ubuntu package it: PyAV, Pillow, NumPy, PyTorch with Gloo,
# torchaudio, FFmpeg and iperf3.
# OpenBLAS is no more than recommended to PyTorch there, and without it a product of float32 takes ten times as long.
# They belong to /usr/bin/python3, whatever python3 comes first in PATH. A newer PyTorch of another interpreter is
# measured beside with BENCH_PYTHON or --python.
set -euo pipefail
command -v apt-get >/dev/null || { echo "Cannot install: there is no apt-get here." >&2; exit 2; }
as_root=()
[[ $(id -u) == 0 ]] || as_root=(sudo)
"${as_root[@]}" apt-get install -y --no-install-recommends python3-av python3-pil python3-numpy python3-torch \
  python3-torchaudio libopenblas0-pthread ffmpeg iperf3
/usr/bin/python3 -c 'import av, PIL, numpy, torch, torchaudio; print("PyAV", av.__version__, "Pillow", PIL.__version__, "NumPy", numpy.__version__, "PyTorch", torch.__version__, "torchaudio", torchaudio.__version__)'
ffmpeg -version | head -n 1
iperf3 --version | head -n 1
