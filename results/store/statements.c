/* SPDX-License-Identifier: Apache-2.0 */
#include "results/store/statements.h"

#include <stddef.h>

static const char *const statements[SB_SQL_COUNT] = {
    [SB_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SB_SQL_COMMIT] = "COMMIT",
    [SB_SQL_ROLLBACK] = "ROLLBACK",
    [SB_SQL_ADD_CAMPAIGN] = "INSERT INTO campaign(folder) VALUES (:_folder) ON CONFLICT DO NOTHING",
    [SB_SQL_CAMPAIGN_OF_FOLDER] = "SELECT campaign_id FROM campaign WHERE folder = :_folder",
    [SB_SQL_DESCRIBE_CAMPAIGN] = "UPDATE campaign SET id = :campaign, name = :name, created = "
                                 ":created WHERE campaign_id = :_campaign",
    [SB_SQL_FILES_OF_CAMPAIGN] =
        "SELECT file_id, name, size_bytes, changed_ns FROM file WHERE campaign_id = :_campaign",
    [SB_SQL_ADD_FILE] = "INSERT INTO file(campaign_id, name, size_bytes, changed_ns)"
                        " VALUES (:_campaign, :_name, :_size_bytes, :_changed_ns)",
    [SB_SQL_FORGET_FILE] = "DELETE FROM file WHERE file_id = :_file",
    [SB_SQL_DOUBT_FILE] = "UPDATE file SET changed_ns = -1 WHERE file_id = :_file",
    [SB_SQL_FOLDERS] = "SELECT folder FROM campaign ORDER BY campaign_id",
    [SB_SQL_FORGET_CAMPAIGNS] = "DELETE FROM campaign",
    [SB_SQL_FORGET_UNUSED_NODES] = "DELETE FROM node WHERE node_id NOT IN"
                                   " (SELECT node_id FROM record WHERE node_id IS NOT NULL)",
    [SB_SQL_FORGET_UNUSED_BUILDS] = "DELETE FROM build WHERE build_id NOT IN"
                                    " (SELECT build_id FROM record WHERE build_id IS NOT NULL)",
    [SB_SQL_ADD_NODE] = "INSERT INTO node(digest, node_json) VALUES (:node__digest, :node)"
                        " ON CONFLICT DO NOTHING",
    [SB_SQL_ADD_BUILD] = "INSERT INTO build(key, compiler, flags)"
                         " VALUES (:build__key, :build__compiler, :build__flags)"
                         " ON CONFLICT DO NOTHING",
    [SB_SQL_ADD_RECORD] =
        "INSERT INTO record(file_id, campaign_id, line, cell, name, job, attempt, kernel, label,"
        " preset, variant, backend, target, place, precision, maths, index_bits, seed, replica,"
        " parameters_json, tuning_json, state, reason, failure, emulated, started, wall_ns, flop,"
        " read_bytes, write_bytes, write_allocate_bytes, items, item, cached, compile_ns,"
        " device_json, placement, digest, repetitions, flop_per_s, bytes_per_s, items_per_s,"
        " environment_json, counters_json, attainable_json, attainable_reason, node_id,"
        " build_id)"
        " VALUES (:_file, :_campaign, :_line, :cell, :name, :job, :attempt, :kernel, :label,"
        " :preset, :variant, :backend, :target, :place, :precision, :maths, :index_bits, :seed,"
        " :replica, :parameters, :tuning, :state, :reason, :failure, :emulated, :started, :wall_ns,"
        " :work__flop, :work__read_bytes, :work__write_bytes, :work__write_allocate_bytes,"
        " :work__items, :work__item, :build__cached, :build__compile_ns, :device, :placement,"
        " :verdict__digest, :verdict__repetitions,"
        /* what an emulator takes is no measure of anything */
        " iif(:emulated IS NULL, :derived__flop_per_s, NULL),"
        " iif(:emulated IS NULL, :derived__bytes_per_s, NULL),"
        " iif(:emulated IS NULL, :derived__items_per_s, NULL), :environment, :counters, "
        ":attainable, :attainable_reason,"
        " (SELECT node_id FROM node WHERE digest = :node__digest),"
        " (SELECT build_id FROM build WHERE key = :build__key))",
    [SB_SQL_ADD_TIMING] =
        "INSERT INTO timing(record_id, clock, cold_ns, upload_ns, download_ns, warmup,"
        " precision_goal, budget_ns, ended, median_ns, low_ns, high_ns, sample_count, turn_count,"
        " turns_json, turn_medians, watched_turns, disturbed_turns, disturbed_by)"
        " VALUES (:_record, :timing__clock, :timing__cold_ns, :timing__upload_ns,"
        " :timing__download_ns, :timing__warmup, :timing__precision_goal, :timing__budget_ns,"
        " :timing__ended, :timing__median_ns, :timing__low_ns, :timing__high_ns, :_sample_count,"
        " :_turn_count, :_turns_json, :_turn_medians,"
        " coalesce(:timing__steady__watched_turns, iif(:_disturbed_turns > 0, :_turn_count, 0)),"
        " :_disturbed_turns, :_disturbed_by)",
    [SB_SQL_ADD_CHECK] =
        "INSERT INTO verification(record_id, i, what, kind, count, failed, got, expected, bound,"
        " source, worst_index, worst_got, worst_expected, worst_bound, worst_ulp, worst_relative)"
        " VALUES (:_record, :_i, :what, :kind, :count, :failed, :got, :expected, :bound, :source,"
        " :worst__index, :worst__got, :worst__expected, :worst__bound, :worst__ulp,"
        " :worst__relative)",
    [SB_SQL_MARK_LAST_RECORDS] =
        "WITH ranked AS (SELECT record_id, row_number() OVER"
        "   (PARTITION BY cell ORDER BY length(file.name) DESC, file.name DESC, line DESC) AS rank"
        "  FROM record JOIN file USING (file_id) WHERE record.campaign_id = :_campaign)"
        " UPDATE record SET is_last = (ranked.rank = 1) FROM ranked"
        " WHERE record.record_id = ranked.record_id AND is_last <> (ranked.rank = 1)",
    [SB_SQL_CELLS_FOR_COMPARE] =
        "SELECT cell, job, name, kernel, label, preset, variant, backend, target, place, precision,"
        " maths, parameters_json, replica, state, coalesce(reason, ''), coalesce(median_ns, 0.0),"
        " coalesce(low_ns, 0.0), coalesce(high_ns, 0.0), coalesce(sample_count, 0), turn_medians,"
        " coalesce(emulated, ''), coalesce(watched_turns, 0), coalesce(disturbed_turns, 0),"
        " coalesce(disturbed_by, ''), coalesce(json_extract(counters_json, '$.metrics'), '')"
        " FROM record LEFT JOIN timing USING (record_id)"
        " WHERE campaign_id = :_campaign AND is_last ORDER BY cell",
    /* a name that the index has, too, means the connection's own table */
    [SB_SQL_NARROW] =
        "CREATE TEMP TABLE record AS"
        " WITH ranked AS (SELECT record_id, state = 'passed' AS held,"
        "   row_number() OVER (PARTITION BY state = 'passed' ORDER BY"
        "     instr('wrong failed lost unsupported', state), kernel, name, cell) - 1 AS rank,"
        "   count(*) OVER (PARTITION BY state = 'passed') AS total,"
        "   max(0, :_most - sum(state <> 'passed') OVER ()) AS room"
        "  FROM main.record WHERE campaign_id = :_campaign AND is_last)"
        " SELECT * FROM main.record WHERE record_id IN (SELECT record_id FROM ranked"
        "  WHERE iif(held, (rank + 1) * room / total > rank * room / total OR room >= total,"
        "            rank < :_most))",
};

const char *sb_statement_text(enum sb_statement statement)
{
    return statements[statement];
}

static const char *const migrations[SB_STORE_VERSION + 1] = {
    [0] =
        "CREATE TABLE campaign(campaign_id INTEGER PRIMARY KEY, folder TEXT NOT NULL UNIQUE,"
        "  id TEXT, name TEXT, created TEXT) STRICT;"
        "CREATE TABLE file(file_id INTEGER PRIMARY KEY,"
        "  campaign_id INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,"
        "  name TEXT NOT NULL, size_bytes INTEGER NOT NULL, changed_ns INTEGER NOT NULL,"
        "  UNIQUE (campaign_id, name)) STRICT;"
        "CREATE TABLE node(node_id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
        "  node_json TEXT NOT NULL) STRICT;"
        "CREATE TABLE build(build_id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
        "  compiler TEXT NOT NULL, flags TEXT NOT NULL) STRICT;"
        "CREATE TABLE record(record_id INTEGER PRIMARY KEY,"
        "  file_id INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,"
        "  campaign_id INTEGER NOT NULL REFERENCES campaign ON DELETE CASCADE,"
        "  line INTEGER NOT NULL, is_last INTEGER NOT NULL DEFAULT 1,"
        "  cell TEXT NOT NULL, name TEXT NOT NULL, job TEXT NOT NULL, attempt INTEGER NOT NULL,"
        "  kernel TEXT NOT NULL, label TEXT NOT NULL, preset TEXT NOT NULL, variant TEXT NOT NULL,"
        "  backend TEXT NOT NULL, target TEXT NOT NULL, place TEXT NOT NULL,"
        "  precision TEXT NOT NULL, maths TEXT NOT NULL, index_bits INTEGER NOT NULL, seed ANY,"
        "  replica INTEGER NOT NULL, parameters_json TEXT NOT NULL, tuning_json TEXT,"
        "  state TEXT NOT NULL, reason TEXT, failure TEXT, started TEXT, wall_ns INTEGER,"
        "  flop REAL, read_bytes REAL, write_bytes REAL, write_allocate_bytes REAL, items REAL,"
        "  item TEXT, cached INTEGER, compile_ns INTEGER, device_json TEXT, placement TEXT,"
        "  digest ANY, repetitions ANY, flop_per_s REAL, bytes_per_s REAL, items_per_s REAL,"
        "  environment_json TEXT, node_id INTEGER REFERENCES node, build_id INTEGER REFERENCES "
        "build)"
        "  STRICT;"
        "CREATE INDEX record_of_file ON record(file_id);"
        "CREATE INDEX record_of_cell ON record(campaign_id, cell);"
        "CREATE INDEX record_of_node ON record(node_id);"
        "CREATE INDEX record_of_build ON record(build_id);"
        "CREATE TABLE timing(record_id INTEGER PRIMARY KEY REFERENCES record ON DELETE CASCADE,"
        "  clock TEXT, cold_ns ANY, upload_ns ANY, download_ns ANY, warmup ANY,"
        "  precision_goal REAL, budget_ns ANY, ended TEXT, median_ns REAL, low_ns REAL,"
        "  high_ns REAL, sample_count INTEGER NOT NULL, turn_count INTEGER NOT NULL,"
        "  turns_json TEXT NOT NULL, turn_medians BLOB NOT NULL) STRICT;"
        "CREATE TABLE verification(record_id INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,"
        "  i INTEGER NOT NULL, what TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER,"
        "  failed INTEGER, got ANY, expected ANY, bound ANY, source TEXT, worst_index INTEGER,"
        "  worst_got ANY, worst_expected ANY, worst_bound ANY, worst_ulp ANY, worst_relative ANY,"
        "  PRIMARY KEY (record_id, i)) STRICT, WITHOUT ROWID;",
    /* files that seem changed are read again when their campaign is next asked for */
    [1] = "ALTER TABLE record ADD COLUMN emulated TEXT; UPDATE file SET changed_ns = -1;",
    [2] = "ALTER TABLE record ADD COLUMN counters_json TEXT; UPDATE file SET changed_ns = -1;",
    [3] = "ALTER TABLE timing ADD COLUMN watched_turns INTEGER;"
          "ALTER TABLE timing ADD COLUMN disturbed_turns INTEGER;"
          "ALTER TABLE timing ADD COLUMN disturbed_by TEXT; UPDATE file SET changed_ns = -1;",
    [4] = "ALTER TABLE record ADD COLUMN attainable_json TEXT;"
          "ALTER TABLE record ADD COLUMN attainable_reason TEXT; UPDATE file SET changed_ns = -1;",
};

const char *sb_migration_text(int i)
{
    return i >= 0 && i < SB_STORE_VERSION ? migrations[i] : NULL;
}
