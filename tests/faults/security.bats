#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names that a shell would act on, secrets in the environment, files that others could read.

setup() {
    DIR=$(mktemp -d)
    SB=$SWITCHBENCH_BIN/switchbench
    export SWITCHBENCH_CACHE=$DIR/cache HOME=$DIR/home
    mkdir "$HOME"
    echo precious >"$HOME/canary"
    cd "$DIR"
    ONE=(stream --presets tiny --labels triad --backends cpu --variants portable --set n=1000 --samples 1)
    NASTY=('; rm -rf ~' $'new\nline' '-rf' '$(touch executed)' '`touch executed`' "it's" 'q"uote' '&&touch${IFS}executed'
        '|touch executed' '*' 'größe' 'back\slash' '~' '!!' '#x' '%s%n' $'tab\there')
}

teardown() {
    cd /
    rm -rf "$DIR"
}

harmless() {
    [ "$(cat "$HOME/canary")" = precious ]
    [ ! -e executed ] && ! find . -name executed | grep .
}

@test "a campaign's folder of any name: run, status, resume, --dry-run" {
    for name in "${NASTY[@]}"; do
        run "$SB" run "${ONE[@]}" --dry-run --output "$name"
        [ "$status" = 0 ] || { echo "[$name] $output"; false; }
        run "$SB" run "${ONE[@]}" --output "$name"
        [ "$status" = 0 ] || { echo "[$name] $output"; false; }
        run "$SB" status "./$name" --json
        [ "$status" = 0 ] || { echo "[$name] $output"; false; }
        [ "$(jq -r '.[0].folder' <<<"$output")" = "$DIR/$name" ]
        run "$SB" resume "./$name"
        [ "$status" = 0 ] || { echo "[$name] $output"; false; }
        harmless
    done
    run "$SB" run "${ONE[@]}" --output $'no\xffutf8'
    echo "$output"
    [ "$status" = 2 ] && [[ "$output" == *"must be UTF-8"* ]]
}

@test "a kernel's folder of any name: it runs, or is refused in a sentence" {
    "$SB" new kernel axpy >/dev/null
    local ran=0 refused=0
    for name in "${NASTY[@]}" $'no\xffutf8'; do
        mkdir -p "./k/$name" "./m"
        cp -r axpy "./k/$name/axpy"
        cp -r axpy "./m/$name" # the kernel itself is called so
        for folder in "./k/$name/axpy" "./m/$name"; do
            for dry in "" --dry-run; do
                run "$SB" run "$folder" -p tiny -b cpu --samples 1 $dry --output "out$ran$dry"
                case $status in
                0) ran=$((ran + 1)) ;;
                2) refused=$((refused + 1)) && [[ "$output" == *"kernel folder"* || "$output" == *"kernel's folder"* ]] ;;
                *) false ;;
                esac || { echo "[$folder] $status $output"; false; }
                harmless
            done
        done
    done
    echo "$ran ran, $refused refused"
    [ $ran -ge 10 ] && [ $refused -ge 10 ]
}

@test "places, partitions, options and variables of any name stay words" {
    for name in "${NASTY[@]}"; do
        jq -n --arg x "$name" '{places: {p: {scheduler: "local", partition: $x, options: [$x], modules: [$x], constraint: $x,
            environment: {HARMLESS: $x}, runner: $x}}}' >site.yaml # JSON is YAML
        run "$SB" run "${ONE[@]}" --site site.yaml --places p --dry-run
        [ "$status" = 0 ] || [ "$status" = 2 ] || { echo "[$name] $output"; false; }
        run "$SB" run "${ONE[@]}" --site site.yaml --places p --output "o-$RANDOM"
        [ "$status" != 0 ] || { echo "[$name] is no runner"; false; }
        harmless
    done
}

@test "no secret in plan, job, script, journal, record, log, report, index or command line" {
    cat >site.yaml <<'END'
places:
  here: {scheduler: local, environment: {HARMLESS: shown-to-all}}
END
    export AWS_SECRET_ACCESS_KEY=planted-aws SWITCHBENCH_TOKEN=planted-own KUBECONFIG=$DIR/kubeconfig OMP_API_TOKEN=planted-omp
    export CUDA_LICENSE_KEY=planted-cuda LD_MY_PASSWORD=planted-ld DB_PASSWORD=planted-db CI_JOB_TOKEN=planted-ci
    echo "token: planted-kube" >kubeconfig
    chmod 600 kubeconfig
    "$SB" run "${ONE[@]}" --repeat 40 --site site.yaml --places here --output c --junit c.xml --json >out 2>&1 3>&- &
    local driver=$! looks=0
    while kill -0 $driver 2>/dev/null; do
        cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >>lines || true
        looks=$((looks + 1))
        sleep 0.02
    done
    wait $driver
    grep -q switchbench-runner lines # the looking worked
    ! grep -a planted- lines
    "$SB" report c >/dev/null 2>&1 || true
    ! grep -ral planted- c cache c.xml out
    # what was cleared is told by name alone
    cat c/records/*.jsonl | jq -e -s 'all(.environment.cleared | index("OMP_API_TOKEN=(withheld)") and index("LD_MY_PASSWORD=(withheld)"))'
    echo "$looks looks at the processes"
}

@test "a secret's value in site.yaml is refused, with its line" {
    printf 'places:\n  p:\n    environment:\n      DB_PASSWORD: hunter2\n' >site.yaml
    run "$SB" run "${ONE[@]}" --site site.yaml --places p --dry-run
    echo "$output"
    [ "$status" = 2 ]
    [[ "$output" == *"site.yaml:4: environment: 'DB_PASSWORD'"* ]]
    [[ "$output" != *hunter2* ]]
}

@test "files are the user's alone, whatever the umask" {
    umask 000
    "$SB" run stream gray_scott -p tiny -b cpu --samples 1 --repeat 2 --pack 4 --pictures --output c --junit c.xml >out 2>&1
    find c cache c.xml \( -perm /077 -o \( -type d ! -perm 0700 \) \) ! -type l >open
    cat open
    [ ! -s open ]
    [ "$(find c -type f | wc -l)" -ge 10 ]
}
