#!/bin/sh
# Builds src/pipeline/kernels/kernels.wasm from kernels.c and silero.c. Needs clang and lld (Debian: apt-get install clang lld).
set -eu
cd "$(dirname "$0")/../src/pipeline/kernels"
clang --target=wasm32 -O3 -msimd128 -ffreestanding -nostdlib -Wall -Wextra -Wl,--no-entry -Wl,--strip-all \
  -o kernels.wasm kernels.c silero.c
