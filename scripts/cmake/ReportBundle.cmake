# SPDX-License-Identifier: Apache-2.0
# report_bundle(<variable>): names <build>/report/vega-bundle.js, the offline runtime of the report's plots, taken from the
# pinned wheel of vl-convert.txt, which goes to <build>/vl-convert (there `report --figures` finds it again). Where it
# cannot be had the file is empty, the build goes on, and reports say so; the next configuration tries again.
set(REPORT_BUNDLE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
function(report_bundle out)
  set(bundle ${CMAKE_BINARY_DIR}/report/vega-bundle.js)
  set(wheel ${CMAKE_BINARY_DIR}/vl-convert)
  set(pins ${REPORT_BUNDLE_FOLDER}/vl-convert.txt)
  set(${out} ${bundle} PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pins})
  file(SHA256 ${pins} wanted)
  set(stamp ${CMAKE_BINARY_DIR}/report/bundle.stamp)
  if(EXISTS ${stamp} AND EXISTS ${bundle})
    file(READ ${stamp} have)
    if(have STREQUAL wanted)
      return()
    endif()
  endif()
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/report)
  file(REMOVE ${stamp})
  find_program(PYTHON3 python3)
  if(PYTHON3)
    file(REMOVE_RECURSE ${wheel})
    execute_process(
      COMMAND ${PYTHON3} -m pip install --quiet --retries 1 --disable-pip-version-check --root-user-action=ignore --no-deps
              --only-binary=:all: --require-hashes --target ${wheel} -r ${pins}
      TIMEOUT 120 RESULT_VARIABLE failed OUTPUT_VARIABLE told ERROR_VARIABLE told)
    if(NOT failed)
      execute_process(
        COMMAND ${CMAKE_COMMAND} -E env PYTHONIOENCODING=utf-8 PYTHONPATH=${wheel} ${PYTHON3} -c
                "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle())"
        TIMEOUT 120 RESULT_VARIABLE failed OUTPUT_FILE ${bundle}.new ERROR_VARIABLE told)
    endif()
  else()
    set(failed 1)
    set(told "python3 was not found")
  endif()
  if(failed)
    string(REGEX REPLACE "^.*(ERROR: [^\n]*).*$" "\\1" told "${told}")
    message(WARNING "reports will have no plots: ${told} (needs python3-pip and a package index; then configure again)")
    file(WRITE ${bundle} "")
    return()
  endif()
  file(RENAME ${bundle}.new ${bundle})
  file(WRITE ${stamp} ${wanted})
endfunction()

# What the report is made of travels inside the program: the file name is the registration of a template or a plot.
report_bundle(report_bundle_file)
get_filename_component(report_folder ${CMAKE_CURRENT_LIST_DIR}/../../results/report ABSOLUTE)
file(GLOB report_files CONFIGURE_DEPENDS ${report_folder}/templates/* ${report_folder}/plots/*.vl.json ${report_folder}/*.py)
embed_files(${CMAKE_BINARY_DIR}/report/report_files.c sb_report_files ${report_files} ${report_bundle_file})
target_sources(sb_results PRIVATE ${CMAKE_BINARY_DIR}/report/report_files.c)
