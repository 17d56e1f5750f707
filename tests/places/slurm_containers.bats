#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers within jobs of a real Slurm (scripts/testbed slurm): its own --container, by oci.conf and runc, and podman.

setup_file() {
    export TOP=$BATS_TEST_DIRNAME/../.. SB=$SWITCHBENCH_BIN/switchbench TESTBED=$BATS_TEST_DIRNAME/../../scripts/testbed
    export IMAGES=$BATS_FILE_TMPDIR/images
    (cd "$TOP" && . scripts/lib/packages.sh && need build engines images slurm) >&2 3>&-
    "$TOP/scripts/images/build" cpu --folder --out "$IMAGES" >&2 3>&-
    # podman of this file only; runc, as crun does without cgroups of version 1, and no more files than a test machine may have
    export CONTAINERS_CONF=$BATS_FILE_TMPDIR/containers.conf CONTAINERS_STORAGE_CONF=$BATS_FILE_TMPDIR/storage.conf
    local files
    files=$(ulimit -Hn)
    [ "$files" != unlimited ] && [ "$files" -lt 20000 ] || files=20000
    printf '[containers]\ndefault_ulimits = ["nofile=%s:%s", "nproc=4096:4096"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n' \
        "$files" "$files" >"$CONTAINERS_CONF"
    printf '[storage]\ndriver = "overlay"\nrunroot = "%s/run"\ngraphroot = "%s/store"\n' "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR" >"$CONTAINERS_STORAGE_CONF"
    podman load --quiet --input "$IMAGES/switchbench-cpu.tar" >&2
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    "$TESTBED" slurm status >/dev/null 2>&1 || touch "$BATS_FILE_TMPDIR/brought-up"
    "$TESTBED" slurm up >&2 3>&-
    eval "$("$TESTBED" slurm env)"
    export SLURM_CONF
    "$SB" run "${SHORT[@]}" --output "$BATS_FILE_TMPDIR/none" >&2
}

teardown_file() {
    podman rm --all --force >/dev/null 2>&1 || true
    umount "$BATS_FILE_TMPDIR/store/overlay" 2>/dev/null || true
    [ ! -e "$BATS_FILE_TMPDIR/brought-up" ] || "$TESTBED" slurm down >&2
}

SHORT=(stream stencil --presets tiny --backends cpu --variants portable --seed 7 --samples 5 --threads 1)
LONG=(nbody --presets small --labels double --backends cpu --variants portable --precision 0.0001% --samples 0 --budget 100)
VERSION=$(sed -n 's/^project(switchbench VERSION \([0-9.]*\).*/\1/p' "$BATS_TEST_DIRNAME/../../CMakeLists.txt")

setup() { cd "$BATS_TEST_TMPDIR"; }

teardown() {
    local conf
    conf=$(dirname "$SLURM_CONF")
    [ ! -e "$conf/oci.off" ] || mv "$conf/oci.off" "$conf/oci.conf"
}

place() { # engine, further lines
    local image=$IMAGES/cpu
    [ "$1" != podman ] || image=localhost/switchbench-cpu:$VERSION
    printf 'places:\n  here:\n    scheduler: slurm\n    poll: 2s\n    retries: 0\n    engine: %s\n    images: ["%s"]\n' "$1" "$image" >site.yaml
    printf '    environment: {CONTAINERS_CONF: "%s", CONTAINERS_STORAGE_CONF: "%s"}\n' "$CONTAINERS_CONF" "$CONTAINERS_STORAGE_CONF" >>site.yaml
    shift
    [ $# = 0 ] || printf '    %s\n' "$@" >>site.yaml
}
run_here() { # arguments of run
    run timeout 150 "$SB" run --places here --site site.yaml --output c "$@"
    echo "$output"
    cat c/jobs/*.log || true
}
verdicts() { # campaign
    cat "$1"/records/*.jsonl | jq -cS '[.kernel, .label, .variant, .state, (.verdict.checks // [] | map([.what, .kind, .failed, .count, .got, .expected, .worst]))]' | sort
}
gone() { # no process of the campaign, no container, no bundle
    [ -z "$(pgrep -f -- "$BATS_TEST_TMPDIR/.*jobs/job" || true)" ]
    [ -z "$(podman ps --all --quiet)" ]
    [ -z "$(ls -d c/switchbench-bundle-* 2>/dev/null)" ]
    [ -z "$(runc --root="$(dirname "$SLURM_CONF")/oci" list --quiet)" ]
}
wait_until() { # seconds, command…
    local seconds=$1 i
    shift
    for ((i = 0; i < seconds * 5; ++i)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    echo "in vain: $*"
    cat told c/journal.jsonl 2>/dev/null
    return 1
}

@test "in a container of Slurm's own and of podman: the verdicts of this machine, the image by digest, the job's limits" {
    verdicts "$BATS_FILE_TMPDIR/none" >expected
    [ "$(wc -l <expected)" -ge 10 ]
    for engine in slurm podman; do
        place "$engine" "cores: 1" "memory: 600MB"
        rm -rf c
        run_here "${SHORT[@]}"
        [ "$status" = 0 ]
        verdicts c | diff expected -
        cat c/records/*.jsonl | jq -es --arg e "$engine" 'all(.container.engine == $e and (.container.image | test("sha256:[0-9a-f]{64}$")))'
        [ "$(jq -r 'select(.event == "closed") | .state' c/journal.jsonl)" = "done" ]
        jq -es '.[0].node | .memory_allowed_bytes <= 601000000 and .cores_allowed == 1' c/records/*.jsonl || { jq -s '.[0].node' c/records/*.jsonl && false; }
        wait_until 10 gone
    done
}

@test "what the container says of itself: its own host, root and variables" {
    place slurm
    run_here "${SHORT[@]}" --labels copy
    [ "$status" = 0 ]
    [ "$(cat c/records/*.jsonl | jq -r .node.hostname | sort -u)" = switchbench ]
    grep -q "'srun' .*'--container' '%bundle' " c/jobs/job-1.sh
    # the launcher's line with another command in the runner's place
    sed "s#'[^']*/switchbench-runner' '--contained' .*#'/bin/sh' '-c' 'cat /etc/os-release; env; ls /'#" c/jobs/job-1.sh >say.sh
    HIDDEN=here run timeout 60 sbatch --wait --output=said --mem=300 say.sh
    cat said
    ! grep -q HIDDEN= said
    grep -q '^SWITCHBENCH_CONTAINED=sb-' said
    grep -q '^PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin$' said
    grep -q bookworm said
}

@test "cancel ends the container and all in it" {
    for engine in slurm podman; do
        place "$engine"
        rm -rf c told
        "$SB" run --places here --site site.yaml --output c "${LONG[@]}" >told 2>&1 3>&- 4>&- &
        wait_until 60 grep -q '"event":"started"' c/jobs/job-1.events
        run timeout 60 "$SB" cancel c
        echo "$output"
        wait
        wait_until 20 gone
    done
}

@test "a node whose Slurm knows no containers runs nothing outside of one" {
    place slurm
    conf=$(dirname "$SLURM_CONF")
    mv "$conf/oci.conf" "$conf/oci.off"
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    cat c/records/*.jsonl | jq -es 'length > 0 and all(.state == "lost" and (.reason | test("switchbench-runner: No such file")))'
    # where the node has a runner of the same path
    place slurm "runner: $SWITCHBENCH_BIN/switchbench-runner"
    rm -rf c
    run_here "${SHORT[@]}"
    [ "$status" = 4 ]
    cat c/records/*.jsonl | jq -es 'length > 0 and all(.state == "lost" and (.reason | test("not in the container that was asked for: this node.s Slurm has no oci.conf")))'
    run "$SB" list engines --json slurm
    echo "$output"
    jq -e '.[0] | .here == "no" and (.found | test("no oci.conf in '"$conf"'"))' <<<"$output"
}

@test "another scheduler's jobs have none of Slurm's containers" {
    run "$SB" run "${SHORT[@]}" --engine slurm --image "$IMAGES/cpu" --output c
    [ "$status" = 2 ]
    [[ "$output" == *"place local: engine slurm works in jobs of scheduler slurm alone"* ]]
}
