# For `source`: keeps the folders of the machine out of the binary. RUSTFLAGS would take the place of the flags that cargo-lambda
# gives (`-C target-cpu`); these are added to them.
export CARGO_BUILD_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/src"
