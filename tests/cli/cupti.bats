#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# CUPTI without a GPU: our declarations beside NVIDIA's headers; what its library says; a cell counted on one that stands in.

setup() {
    BIN=${SWITCHBENCH_BIN:-$BATS_TEST_DIRNAME/../../build}
    ROOT=$BATS_TEST_DIRNAME/../..
    export SWITCHBENCH_CACHE=$BATS_FILE_TMPDIR/cache
    CU=$SWITCHBENCH_CUDA/nvidia/cu13
    cd "$BATS_TEST_TMPDIR"
}

sb() {
    "$BIN/switchbench" "$@"
}

@test "parameters are declared as CUPTI's headers have them" {
    [ -e "$CU/include/cupti_range_profiler.h" ] || skip "scripts/toolchains FOLDER brings the headers; then SWITCHBENCH_CUDA=FOLDER"
    # ours, then theirs, field by field in the same order; the host's header includes <string>, of which C needs nothing
    cat >pairs <<'END'
initialize Profiler_Initialize size=structSize
chip Device_GetChipName size=structSize device=deviceIndex name=pChipName
availability Profiler_GetCounterAvailability size=structSize context=ctx bytes=counterAvailabilityImageSize image=pCounterAvailabilityImage
host_open Profiler_Host_Initialize size=structSize type=profilerType chip=pChipName available=pCounterAvailabilityImage object=pHostObject
host_close Profiler_Host_Deinitialize object=pHostObject
base_metrics Profiler_Host_GetBaseMetrics object=pHostObject type=metricType names=ppMetricNames count=numMetrics
properties Profiler_Host_GetMetricProperties object=pHostObject name=pMetricName description=pDescription hardware=pHwUnit unit=pDimUnit type=metricType
add_metrics Profiler_Host_ConfigAddMetrics object=pHostObject names=ppMetricNames count=numMetrics
image_size Profiler_Host_GetConfigImageSize object=pHostObject bytes=configImageSize
image Profiler_Host_GetConfigImage object=pHostObject bytes=configImageSize image=pConfigImage
passes Profiler_Host_GetNumOfPasses bytes=configImageSize image=pConfigImage passes=numOfPasses
evaluate Profiler_Host_EvaluateToGpuValues object=pHostObject data=pCounterDataImage bytes=counterDataImageSize range=rangeIndex names=ppMetricNames count=numMetrics values=pMetricValues
enable RangeProfiler_Enable context=ctx object=pRangeProfilerObject
object RangeProfiler_Start object=pRangeProfilerObject
object RangeProfiler_PopRange object=pRangeProfilerObject
object RangeProfiler_Disable object=pRangeProfilerObject
data_size RangeProfiler_GetCounterDataSize object=pRangeProfilerObject names=pMetricNames count=numMetrics ranges=maxNumOfRanges nodes=maxNumRangeTreeNodes bytes=counterDataSize
data_begin RangeProfiler_CounterDataImage_Initialize object=pRangeProfilerObject bytes=counterDataSize data=pCounterData
configure RangeProfiler_SetConfig object=pRangeProfilerObject config_bytes=configSize config=pConfig data_bytes=counterDataImageSize data=pCounterDataImage range=range replay=replayMode ranges=maxRangesPerPass levels=numNestingLevels level_least=minNestingLevel pass=passIndex level=targetNestingLevel
stop RangeProfiler_Stop object=pRangeProfilerObject pass=passIndex level=targetNestingLevel whole=isAllPassSubmitted
push RangeProfiler_PushRange object=pRangeProfilerObject name=pRangeName
decode RangeProfiler_DecodeData object=pRangeProfilerObject dropped=numOfRangeDropped
END
    mkdir -p empty && : >empty/string
    {
        echo '#include <cupti_profiler_target.h>'
        echo '#include <cupti_target.h>'
        echo '#include <cupti_profiler_host.h>'
        echo '#include <cupti_range_profiler.h>'
        echo '#include "harness/run/counting/cupti/params.h"'
        echo 'enum { RANGE = 1 / (CUPTI_UserRange == SB_CUPTI_USER_RANGE), REPLAY = 1 / (CUPTI_UserReplay == SB_CUPTI_USER_REPLAY) };'
        while read -r ours theirs fields; do
            for field in private=pPriv $fields; do
                echo "_Static_assert(offsetof(struct sb_cupti_$ours, ${field%=*}) == offsetof(CUpti_${theirs}_Params, ${field#*=}) &&" \
                    "sizeof(((struct sb_cupti_$ours *)0)->${field%=*}) == sizeof(((CUpti_${theirs}_Params *)0)->${field#*=}), \"$ours $field\");"
            done
            last=${fields##* }
            [ "$ours" != initialize ] || last=private=pPriv
            echo "_Static_assert(SB_CUPTI_SIZE(sb_cupti_$ours, ${last%=*}) == CUpti_${theirs}_Params_STRUCT_SIZE, \"$ours size\");"
        done <pairs
    } >compare.c
    [ "$(grep -c _Static_assert compare.c)" -gt 100 ]
    gcc -std=gnu11 -w -isystem empty -isystem "$CU/include" -I "$ROOT" -fsyntax-only compare.c
}

@test "no toolkit, an old one, no driver: what is missing, in one sentence" {
    SWITCHBENCH_CUPTI=$PWD/libcupti.so run sb list counters cupti
    [ "$status" != 0 ]
    [[ "$output" == *"there is no CUPTI ("*"it is part of the CUDA toolkit (cuda-cupti), from 12.6 on"* ]]
    SWITCHBENCH_CUPTI=$(gcc -print-file-name=libm.so.6) run sb list counters cupti
    [[ "$output" == *"libcupti lacks cuptiGetVersion: one of CUDA 12.6 or newer is needed"* ]]
}

@test "NVIDIA's own library without a GPU: loads, and says that there is none" {
    [ -e "$CU/lib/libcupti.so.13" ] || skip "scripts/toolchains FOLDER brings it; then SWITCHBENCH_CUDA=FOLDER"
    SWITCHBENCH_CUDA_DRIVER=$PWD/libcuda.so.1 run sb list counters cupti
    [ "$status" != 0 ]
    [[ "$output" == *"CUPTI is here, but no GPU to count on: there is no NVIDIA driver"* ]]
    if [ -e "$SWITCHBENCH_CUDA/driver/libcuda.so.1" ] && [ ! -e /proc/driver/nvidia/version ]; then
        SWITCHBENCH_CUDA_DRIVER=$SWITCHBENCH_CUDA/driver/libcuda.so.1 run sb list counters cupti
        [[ "$output" == *"CUPTI is here, but no GPU to count on: "*"no CUDA-capable device"* || "$output" == *"CUDA_ERROR_NO_DEVICE"* ]]
    fi
}

@test "a cell on the driver and the CUPTI that stand in: counts of a repetition, passes said; denied, and the times whole" {
    NVRTC=$(find "$CU/lib" "$SWITCHBENCH_CUDA/lib64" -name 'libnvrtc.so.*' 2>/dev/null | head -n 1)
    [ -n "$NVRTC" ] || skip "no NVRTC: scripts/toolchains FOLDER installs it; then SWITCHBENCH_CUDA=FOLDER"
    export SB_FAKE_CUDA_OBJECTS=$PWD/objects SWITCHBENCH_CUDA_DRIVER=$BIN/tests/fakes/libfake-cuda.so
    export SWITCHBENCH_CUPTI=$BIN/tests/fakes/libfake-cupti.so
    mkdir objects
    "$BIN/tests/fakes/host_objects" objects cuda
    run sb run stream -p tiny -b cuda --counters cupti:fake__bytes_rea.sum -o none
    [ "$status" = 2 ]
    [[ "$output" == *"FAKE100 does not count 'fake__bytes_rea.sum'; did you mean 'fake__bytes_read.sum'?"* ]]
    words=cupti:fake__bytes_read.sum+fake__three_passes.sum
    sb run stream -p tiny -b cuda --variants portable --labels triad --counters "$words" --budget 1s -o out
    jq -e '.counters.sources[0] | .state == "read" and .passes == 2 and (.events | length) == 2
        and .events[0].value > 0 and .events[1].windows == 1' out/records/*.jsonl
    SB_FAKE_CUPTI_FAULT=denied sb run stream -p tiny -b cuda --variants portable --labels triad --counters "$words" --budget 1s -o denied
    jq -e '.state == "passed" and (.timing.samples_ns | length) > 0' denied/records/*.jsonl
    jq -e '.counters.sources[0] | .state == "absent" and (.reason | contains("ERR_NVGPUCTRPERM"))' denied/records/*.jsonl
    SB_FAKE_CUPTI_FAULT=lost sb run stream -p tiny -b cuda --variants portable --labels triad --counters "$words" --budget 1s -o lost
    jq -e '.state == "passed" and .counters.sources[0].state == "died"' lost/records/*.jsonl
}
