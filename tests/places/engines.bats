#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real container engines on this machine, with images of these sources (scripts/images/build): the same campaign gives the same
# verdicts in each, a changed image does not run, nothing is left behind. With SWITCHBENCH_PLACES=1 (scripts/test --places) docker, too;
# apptainer: tests/places/apptainer.bats.

FOLDERS="charliecloud bubblewrap runc"
STORES="podman gvisor"
[ "${SWITCHBENCH_PLACES:-0}" != 1 ] || STORES="$STORES docker"

setup_file() {
    export TOP=$BATS_TEST_DIRNAME/../.. SB=$SWITCHBENCH_BIN/switchbench RUNNER=$SWITCHBENCH_BIN/switchbench-runner
    export IMAGES=$BATS_FILE_TMPDIR/images
    (cd "$TOP" && . scripts/lib/packages.sh && need build engines images) >&2 3>&-
    "$TOP/scripts/images/build" cpu opencl --folder --out "$IMAGES" >&2 3>&-
    # podman of this file only, whatever the machine's settings; runc, as crun does without cgroups of version 1
    export CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf CONTAINERS_STORAGE_CONF=$BATS_FILE_TMPDIR/storage.conf
    local files=$(ulimit -Hn)
    [ "$files" != unlimited ] && [ "$files" -lt 20000 ] || files=20000
    printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=4096:4096"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n' \
        "$files" "$files" >"$CONTAINERS_CONF"
    printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/store"\n' "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR" >"$CONTAINERS_STORAGE_CONF"
    for image in cpu opencl; do podman load --quiet --input "$IMAGES/switchbench-$image.tar" >&2; done
    if [ "${SWITCHBENCH_PLACES:-0}" = 1 ]; then
        "$TOP/scripts/testbed" docker status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/docker-brought-up"
        "$TOP/scripts/testbed" docker up >&2 3>&-
        eval "$("$TOP/scripts/testbed" docker env)"
        export DOCKER_HOST
        "$TOP/scripts/images/build" cpu --load docker --out "$IMAGES" >&2 3>&-
    fi
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    unset SWITCHBENCH_SITE
}

teardown_file() {
    podman rm --all --force >/dev/null 2>&1 || true
    umount "$BATS_FILE_TMPDIR/store/overlay" 2>/dev/null || true
    [ ! -e "$BATS_FILE_TMPDIR/docker-brought-up" ] || "$TOP/scripts/testbed" docker down >&2
}

setup() { cd "$BATS_TEST_TMPDIR"; }

image_of() { # engine, backend
    case " $STORES " in
    *" $1 "*) echo "localhost/switchbench-$2:$VERSION" ;;
    *) echo "$IMAGES/$2" ;;
    esac
}
VERSION=$(sed -n 's/^project(switchbench VERSION \([0-9.]*\).*/\1/p' "$BATS_TEST_DIRNAME/../../CMakeLists.txt")

in_engine() { # engine, backend, arguments of run
    local engine=$1 backend=$2
    shift 2
    run timeout 300 "$SB" run --engine "$engine" --image "$(image_of "$engine" "$backend")" --backends "$backend" "$@"
    echo "$output"
}
verdicts() { # campaign
    cat "$1"/records/*.jsonl | jq -cS '[.kernel, .label, .variant, .state, .reason, (.verdict.checks // [] | map([.what, .kind, .failed, .count, .got, .expected, .worst]))]' | sort
}
no_container() {
    [ -z "$(podman ps --all --quiet)" ]
    [ -z "${DOCKER_HOST:-}" ] || [ -z "$(docker ps --all --quiet)" ]
    [ -z "$(pgrep -f -- "$BATS_TEST_TMPDIR/.*jobs/job" || true)" ]
    [ -z "$(find /tmp -maxdepth 1 -name 'switchbench-bundle-*' -newer "$CONTAINERS_CONF")" ]
}

@test "the same campaign in every engine and outside: identical verdicts, and the record names the image by digest" {
    local what=(--presets tiny --variants portable --seed 7 --samples 5 --threads 1)
    run timeout 300 "$SB" run "${what[@]}" --backends cpu --output none
    echo "$output"
    [ "$status" = 0 ]
    verdicts none >expected
    [ "$(wc -l <expected)" -ge 20 ]
    for engine in $FOLDERS $STORES; do
        in_engine "$engine" cpu "${what[@]}" --output "$engine"
        [ "$status" = 0 ]
        verdicts "$engine" >got
        diff expected got
        cat "$engine"/records/*.jsonl | jq -es --arg e "$engine" 'all(.container.engine == $e and (.container.image | test("sha256:[0-9a-f]{64}$")))'
    done
    no_container
    echo "$(wc -l <expected) cells in each of: none $FOLDERS $STORES" >&3
}

@test "an OpenCL device inside, from a store and from a folder" {
    for engine in podman bubblewrap; do
        in_engine "$engine" opencl stream --presets tiny --labels copy --variants portable --samples 5 --output "$engine"
        [ "$status" = 0 ]
    done
}

@test "an image that has changed since it was planned does not run" {
    mkdir -p image/bin
    echo one >image/bin/program
    sha=$("$RUNNER" --image "$PWD/image@sha256:$(printf '0%.0s' {1..64})" -- /bin/true 2>&1 | sed -n 's/.*its digest is sha256:\([0-9a-f]*\),.*/\1/p')
    [ ${#sha} = 64 ]
    run "$RUNNER" --image "$PWD/image@sha256:$sha" -- echo runs
    [ "$output" = runs ]
    touch -d yesterday times
    echo two >image/bin/program # as long as before
    touch -r times image/bin/program
    run "$RUNNER" --image "$PWD/image@sha256:$sha" -- echo runs
    echo "$output"
    [ "$status" = 4 ]
    [[ "$output" == *"is not the one that was planned"* ]]
    echo one >image/bin/program
    ln -s /etc image/more
    run "$RUNNER" --image "$PWD/image@sha256:$sha" -- echo runs
    [ "$status" = 4 ]
    rm image/more
    mkdir -p image/home/me # a folder to mount on changes nothing
    run "$RUNNER" --image "$PWD/image@sha256:$sha" -- echo runs
    [ "$output" = runs ]
}

@test "a mount point never leads out of the image" {
    mkdir -p image outside
    ln -s "$PWD/outside" image/var
    sha=$("$RUNNER" --image "$PWD/image@sha256:$(printf '0%.0s' {1..64})" -- /bin/true 2>&1 | sed -n 's/.*its digest is sha256:\([0-9a-f]*\),.*/\1/p')
    run "$RUNNER" --image "$PWD/image@sha256:$sha" --mount-point /var/tmp -- echo runs
    echo "$output"
    [ "$status" = 4 ]
    [[ "$output" == *"leads out of it"* ]]
    [ -z "$(ls outside)" ]
}

@test "by a digest that the image does not have, it is refused at planning" {
    run "$SB" run stream -p tiny -b cpu --engine bubblewrap --image "$IMAGES/cpu@sha256:$(printf '0%.0s' {1..64})" --output c
    echo "$output"
    [ "$status" = 2 ]
    [[ "$output" == *"is not what was named"* ]]
}

@test "an engine without the image says how to fetch it" {
    run "$SB" run stream -p tiny -b cpu --engine podman --image example.org/none:1 --output c
    echo "$output"
    [ "$status" != 0 ]
    [[ "$output" == *"podman pull example.org/none:1"* ]]
    run "$SB" run stream -p tiny -b cpu --engine charliecloud --image /nowhere --output d
    echo "$output"
    [ "$status" != 0 ]
    [[ "$output" == *"ch-convert"* ]]
}

@test "hostile names reach no shell and become no option" {
    for engine in $FOLDERS podman; do
        bad="$engine;touch pwned;\$(touch pwned)\`touch pwned\`"
        mkdir -p "$bad"
        printf 'places:\n  here:\n    scheduler: local\n    engine: %s\n    images: ["%s"]\n    environment: ["EVIL=%s"]\n' "$engine" \
            "$(image_of "$engine" cpu)" '; touch pwned; $(touch pwned) `touch pwned` --privileged' >site.yaml
        run timeout 100 "$SB" run stream -p tiny -l copy -v portable -b cpu --samples 5 --places here --site site.yaml --output "$bad/c"
        echo "$output"
        [ "$status" = 0 ]
        [ -z "$(find . -name pwned)" ]
    done
    run "$SB" run stream -p tiny -b cpu --engine podman --image "--privileged" --output d
    [ "$status" = 2 ]
    mkdir 'a,b' # podman cannot say it: refused in one sentence, not mounted elsewhere
    run "$SB" run stream -p tiny -l copy -b cpu --engine podman --image "$(image_of podman cpu)" --output 'a,b/c'
    echo "$output"
    [ "$status" != 0 ]
    [[ "$output" == *"no way to say ','"* ]]
}

@test "a kernel of the user's own runs inside, from its folder" {
    mkdir mine
    (cd mine && "$SB" new kernel own >/dev/null)
    for engine in bubblewrap podman; do
        in_engine "$engine" cpu ./mine/own --presets tiny --samples 5 --output "$engine"
        [ "$status" = 0 ]
    done
}

@test "cancel ends the container and all in it" {
    for engine in $FOLDERS $STORES; do
        timeout 100 "$SB" run nbody --presets tiny --labels double --variants portable -b cpu --precision 0 --samples 0 --budget 300 \
            --engine "$engine" --image "$(image_of "$engine" cpu)" --output "$engine" --detach >told 2>&1 3>&-
        for ((i = 0; i < 300; ++i)); do
            ! cat "$engine"/jobs/*.events 2>/dev/null | grep -q '"event":"started"' || break
            sleep 0.1
        done
        [ $i -lt 300 ]
        run "$SB" cancel "$engine"
        echo "$output"
        [ "$status" = 0 ]
        for ((i = 0; i < 50; ++i)); do ! no_container || break; sleep 0.1; done
        no_container
    done
}

@test "ranks in one container each way: mpirun starts them inside; without MPI in the image the cells say what is missing" {
    "$TOP/scripts/images/build" cpu-mpi --folder --out "$IMAGES" >&2 3>&-
    podman load --quiet --input "$IMAGES/switchbench-cpu-mpi.tar" >&2
    for engine in podman $FOLDERS; do
        run timeout 300 "$SB" run halo mpi_basic --presets tiny --backends cpu --ranks 2 --samples 3 --engine "$engine" --image "$(image_of "$engine" cpu-mpi)" --output "$engine"
        echo "$output"
        [ "$status" = 0 ]
        cat "$engine"/records/*.jsonl | jq -es 'length > 5 and all(.state == "passed" and .ranks == 2 and .mpi.launcher == "mpirun")'
    done
    in_engine bubblewrap cpu mpi_basic --presets tiny --ranks 2 --samples 3 --output without
    [ "$status" = 6 ]
    cat without/records/*.jsonl | jq -es 'all(.state == "unsupported" and (.reason | test("switchbench-mpi.so|mpirun")))'
}

@test "podman and runc set the limits of a place" {
    for engine in podman runc; do
        printf 'places:\n  here:\n    scheduler: local\n    engine: %s\n    images: ["%s"]\n    memory: 300MB\n    cores: 1\n' "$engine" \
            "$(image_of "$engine" cpu)" >site.yaml
        run timeout 100 "$SB" run stream -p tiny -l copy -v portable -b cpu --samples 5 --places here --site site.yaml --output "$engine"
        echo "$output"
        [ "$status" = 0 ]
        node=$(cat "$engine"/records/*.jsonl | jq -s '.[0].node')
        echo "$node"
        jq -e '.memory_allowed_bytes <= 300000000 and .cores_allowed == 1' <<<"$node"
    done
}

@test "doctor measures every engine that is here" {
    run timeout 200 "$SB" doctor --engines --rounds 1 --json "$IMAGES/cpu" "localhost/switchbench-cpu:$VERSION"
    echo "$output"
    [ "$status" = 0 ]
    for engine in $FOLDERS $STORES; do
        jq -e --arg e "$engine" '.[] | select(.engine == $e) | .start_ms != null and .bandwidth_ratio > 0 and .latency_ratio > 0' <<<"$output"
    done
    jq -e '.[] | select(.engine == "singularity") | .reason | length > 10' <<<"$output"
}
