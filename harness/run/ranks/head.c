/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/head.h"

#include "harness/run/pack.h"
#include "harness/run/ranks/agent.h"
#include "harness/run/ranks/process.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 600
#define ARGS 40
#define HOSTS_S 300 /* for the other hosts to be there */

/* A stream of the launched ranks, as far as it is not yet a whole line. */
struct stream {
    int fd;
    char *text;
    size_t length, room;
};

struct launch {
    struct sb_pack *pack;
    const struct sb_agents
        *agents;    /* of other hosts that wait for us; NULL: mpirun knows its hosts itself */
    int first, end; /* cells of the job; first is the next one that has no record */
    bool begun;     /* that one was started */
    pid_t pid;
    struct stream out, err;
    char words[WORDS]; /* the latest line of stderr that says something */
};

bool sb_ranks_asked(const struct sb_job *job)
{
    for (int i = 0; i < job->cell_count; ++i) {
        if (job->cell[i].c.ranks > 1) {
            return true;
        }
    }
    return false;
}

/* A record of a cell that no rank will write. */
static int write_off(struct launch *l, const char *state, const char *reason, struct sb_error *err)
{
    const struct sb_cell_task task = sb_pack_task(l->pack, &l->pack->job->cell[l->first++]);
    struct sb_child child = {.in = -1, .out = -1};
    sb_child_begin(&child, &task, l->pack->node, l->pack->environment);
    sb_child_conclude(&child, state, NULL, reason);
    return sb_pack_say(l->pack, sb_child_finish(&child, l->pack->job), err);
}

/* The ids of the cells to run, as rank 0's standard input. */
static int list_cells(const struct launch *l, struct sb_error *err)
{
    const int fd = memfd_create("cells", MFD_CLOEXEC);
    int code = fd >= 0 ? 0 : sb_fail(err, SB_EIO, "cannot list the cells: %s", strerror(errno));
    for (int i = l->first; code == 0 && i < l->end; ++i) {
        char line[16];
        const int length = snprintf(line, sizeof line, "%s\n", l->pack->job->cell[i].id);
        code = sb_fs_write_all(fd, line, (size_t)length, "the list of cells", err);
    }
    if (code == 0 && lseek(fd, 0, SEEK_SET) == 0) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return code != 0 ? code : SB_EIO;
}

/* What argv points to. */
struct words {
    char count[16], spread[32];
    char runner[PATH_MAX], agent[PATH_MAX + 8];
    char hosts[sizeof((struct sb_agents *)0)->text + (size_t)SB_AGENT_HOSTS * 8];
};

/* mpirun's daemons on the hosts that we were told, each started through its agent and ended with it. */
static int add_hosts(const char *argv[ARGS], int n, struct words *w, const struct sb_agents *agents)
{
    static const char *const settings[][2] = {{"plm", "rsh"},
                                              {"plm_rsh_no_tree_spawn", "1"},
                                              {"orte_keep_fqdn_hostnames", "1"},
                                              {"orte_leave_session_attached", "1"}};
    size_t used = 0;
    for (int i = 0; i < agents->hosts && used < sizeof w->hosts; ++i) {
        used += (size_t)snprintf(w->hosts + used, sizeof w->hosts - used, "%s%s:%d", i ? "," : "",
                                 agents->host[i], agents->per_node);
    }
    snprintf(w->agent, sizeof w->agent, "%s --on", w->runner);
    snprintf(w->spread, sizeof w->spread, "ppr:%d:node", agents->per_node);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; ++i) {
        argv[n++] = "--mca";
        argv[n++] = settings[i][0];
        argv[n++] = settings[i][1];
    }
    argv[n++] = "--mca";
    argv[n++] = "plm_rsh_agent";
    argv[n++] = w->agent;
    argv[n++] = "--map-by";
    argv[n++] = w->spread;
    argv[n++] = "--host";
    argv[n++] = w->hosts;
    return n;
}

/* Where the loopback is all there is and has a further address (a network namespace), mpirun sees "no network interfaces" unless told. */
static bool has_loopback_alone(void)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) {
        return false;
    }
    bool alone = true;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        alone = alone && (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
                          (i->ifa_flags & IFF_LOOPBACK) != 0);
    }
    freeifaddrs(all);
    return alone;
}

/* Ranks share out the node's processors themselves (process.c): mpirun is to bind none, nor to count slots. */
static void make_argv(const char *argv[ARGS], struct words *w, const struct launch *l,
                      const char *path)
{
    const char *named = getenv("SWITCHBENCH_MPIRUN");
    int n = 0;
    snprintf(w->count, sizeof w->count, "%d", l->pack->job->cell[l->first].c.ranks);
    snprintf(w->runner, sizeof w->runner, "%s/switchbench-runner", sb_fs_program_folder());
    argv[n++] = named && *named ? named : "mpirun";
    if (geteuid() == 0) {
        argv[n++] = "--allow-run-as-root";
    }
    argv[n++] = "--oversubscribe";
    argv[n++] = "--bind-to";
    argv[n++] = "none";
    if (l->agents) {
        n = add_hosts(argv, n, w, l->agents);
    } else if (has_loopback_alone()) {
        argv[n++] = "--mca";
        argv[n++] = "oob_tcp_if_include";
        argv[n++] = "lo";
    }
    argv[n++] = "-n";
    argv[n++] = w->count;
    argv[n++] = w->runner;
    argv[n++] = "--ranked";
    argv[n++] = path;
    argv[n] = NULL;
}

/* What an outer launcher left would have mpirun take itself for one of its ranks. */
static void forget_launchers(void)
{
    static const char *const prefixes[] = {
        "PMIX_", "PMI_", "OMPI_COMM_WORLD_", "OMPI_UNIVERSE_", "OMPI_FIRST_RANKS", "ORTE_"};
    extern char **environ;
    char **kept = environ;
    for (char **entry = environ; *entry; ++entry) {
        bool theirs = false;
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; ++i) {
            theirs = theirs || strncmp(*entry, prefixes[i], strlen(prefixes[i])) == 0;
        }
        if (!theirs) {
            *kept++ = *entry;
        }
    }
    *kept = NULL;
}

static void become(const char *const argv[], int in, int out, int err, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* mpirun then ends its ranks, on other nodes too */
    if (getppid() != parent || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
        _exit(SB_EXIT_INFRA);
    }
    signal(SIGPIPE, SIG_DFL);
    forget_launchers();
    execvp(argv[0], (char *const *)argv);
    fprintf(stderr, "cannot start %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int start(struct launch *l, const char *path, struct sb_error *err)
{
    const char *argv[ARGS];
    static struct words words; /* large, and one launch at a time */
    int out[2] = {-1, -1};
    int told[2] = {-1, -1};
    make_argv(argv, &words, l, path);
    const int in = list_cells(l, err);
    if (in < 0) {
        return in;
    }
    int code = pipe2(out, O_CLOEXEC) == 0 && pipe2(told, O_CLOEXEC) == 0
                   ? 0
                   : sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    const pid_t parent = getpid();
    l->pid = code == 0 ? fork() : -1;
    if (l->pid == 0) {
        become(argv, in, out[1], told[1], parent);
    }
    if (code == 0 && l->pid < 0) {
        code = sb_fail(err, SB_EIO, "cannot start a process: %s", strerror(errno));
    }
    close(in);
    for (int i = 0; i < 2; ++i) {
        if (i == 1 || code != 0) {
            close(out[i]);
            close(told[i]);
        }
    }
    l->out = (struct stream){.fd = code == 0 ? out[0] : -1};
    l->err = (struct stream){.fd = code == 0 ? told[0] : -1};
    return code;
}

/* Appends what there is; false at its end. */
static bool fill(struct stream *s)
{
    if (s->room - s->length < 65536) {
        char *more = realloc(s->text, s->room + 262144);
        if (!more) {
            return false;
        }
        s->text = more;
        s->room += 262144;
    }
    const ssize_t got = read(s->fd, s->text + s->length, 65536);
    s->length += got > 0 ? (size_t)got : 0;
    return got > 0 || (got < 0 && errno == EINTR);
}

/* A line of rank 0's stdout: an event, a record; what else is printed there is for the log. */
static int take_line(struct launch *l, const char *line, size_t length, struct sb_error *err)
{
    json_t *json = json_loadb(line, length, 0, NULL);
    const char *id = sb_json_text_or(json, "cell", NULL);
    const bool next = id && l->first < l->end && strcmp(id, l->pack->job->cell[l->first].id) == 0;
    if (!next) {
        fprintf(stderr, "%.*s\n", (int)length, line);
        json_decref(json);
        return 0;
    }
    const bool event = json_object_get(json, "event") != NULL;
    const int code = sb_pack_say(l->pack, json, err);
    l->begun = event;
    l->first += !event;
    return code;
}

/* mpirun's own frame of dashes says nothing, and what follows from the first rank's end less than that. */
static int take_words(struct launch *l, const char *line, size_t length)
{
    fprintf(stderr, "%.*s\n", (int)length, line);
    const bool says =
        length > 0 && line[0] != '-' && !memmem(line, length, "Per user-direction", 18);
    if (says && strncmp(line, "mpirun detected", 15) != 0) {
        snprintf(l->words, sizeof l->words, "%.*s", (int)length, line);
    }
    return 0;
}

static int take(struct launch *l, struct stream *s, struct sb_error *err)
{
    char *from = s->text;
    char *end = NULL;
    int code = 0;
    while (code == 0 && s->length > 0 &&
           (end = memchr(from, '\n', s->length - (size_t)(from - s->text)))) {
        const size_t length = (size_t)(end - from);
        code = s == &l->out ? take_line(l, from, length, err) : take_words(l, from, length);
        from = end + 1;
    }
    const size_t used = (size_t)(from - s->text);
    memmove(s->text, from, s->length - used);
    s->length -= used;
    return code;
}

static int attend(struct launch *l, struct sb_error *err)
{
    struct stream *const streams[] = {&l->out, &l->err};
    int code = 0;
    while (code == 0 && (l->out.fd >= 0 || l->err.fd >= 0)) {
        struct pollfd p[] = {{.fd = l->out.fd, .events = POLLIN},
                             {.fd = l->err.fd, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        for (int i = 0; code == 0 && i < 2; ++i) {
            if (p[i].fd < 0 || !p[i].revents) {
                continue;
            }
            const bool more = fill(streams[i]);
            code = take(l, streams[i], err);
            if (!more) {
                close(streams[i]->fd);
                streams[i]->fd = -1;
            }
        }
    }
    return code;
}

/* The exit code of mpirun, or minus the signal that ended it. */
static int reap(struct launch *l, bool kill_first)
{
    int status = 0;
    if (kill_first) {
        kill(l->pid, SIGTERM);
    }
    while (waitpid(l->pid, &status, 0) < 0 && errno == EINTR) {
    }
    struct stream *const streams[] = {&l->out, &l->err};
    for (int i = 0; i < 2; ++i) {
        if (streams[i]->fd >= 0) {
            close(streams[i]->fd);
        }
        free(streams[i]->text);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* What there is to say of cells that mpirun did not come to. */
static int conclude(struct launch *l, int before, int ended, struct sb_error *err)
{
    char reason[WORDS + 100];
    int code = 0;
    if (l->first > before || l->first == l->end) {
        return 0; /* it goes on behind what was done */
    }
    snprintf(reason, sizeof reason, "mpirun ended with code %d%s%s", ended,
             l->words[0] ? ": " : " and no word", l->words);
    const int end = l->begun ? l->first + 1 : l->end; /* or it could not even begin */
    while (code == 0 && l->first < end) {
        code = write_off(l, "lost", reason, err);
    }
    return code;
}

static int launch_all(struct launch *l, const char *path, struct sb_error *err)
{
    int code = 0;
    while (code == 0 && l->first < l->end) {
        const int before = l->first;
        l->begun = false;
        l->words[0] = '\0';
        code = start(l, path, err);
        if (code != 0) {
            break;
        }
        code = attend(l, err);
        const int ended = reap(l, code != 0);
        code = code != 0 ? code : conclude(l, before, ended, err);
    }
    return code;
}

void sb_ranks_obstacle(char *out, size_t room)
{
    char plugin[PATH_MAX];
    char mpirun[PATH_MAX];
    struct sb_error err = {0};
    const char *named = getenv("SWITCHBENCH_MPIRUN");
    out[0] = '\0';
    if (sb_rank_plugin(plugin, sizeof plugin, &err) != 0) {
        snprintf(out, room, "%s", err.text);
    } else if (sb_process_which(mpirun, sizeof mpirun, named && *named ? named : "mpirun", &err) !=
               0) {
        snprintf(out, room, "there is no %s (install openmpi-bin)",
                 named && *named ? named : "mpirun");
    } else {
        void *object = dlopen(plugin, RTLD_LAZY | RTLD_LOCAL);
        if (!object) {
            snprintf(out, room, "%s", dlerror());
        } else {
            dlclose(object);
        }
    }
}

/* Cells first … end − 1, all of as many ranks. */
static int run_stretch(struct sb_pack *pack, const struct sb_agents *agents, const char *path,
                       int first, int end, struct sb_error *err)
{
    struct launch l = {.pack = pack, .agents = agents, .first = first, .end = end};
    char obstacle[WORDS];
    sb_ranks_obstacle(obstacle, sizeof obstacle);
    int code = 0;
    while (code == 0 && obstacle[0] && l.first < end) {
        code = write_off(&l, "unsupported", obstacle, err);
    }
    return code != 0 ? code : launch_all(&l, path, err);
}

int sb_ranks_head(const struct sb_job *job, const char *path, int out_fd, struct sb_error *err)
{
    static struct sb_agents agents;
    static int held[SB_AGENT_HOSTS];
    struct sb_pack pack;
    int code = sb_pack_open(&pack, job, out_fd, err);
    code = code != 0 ? code : sb_pack_say_topology(&pack, err);
    code = code != 0 ? code : sb_agents_read(&agents, err);
    code = code != 0 ? code : sb_agents_hold(held, &agents, HOSTS_S, err);
    for (int first = 0; code == 0 && first < job->cell_count;) {
        int end = first + 1;
        while (end < job->cell_count && job->cell[end].c.ranks == job->cell[first].c.ranks) {
            ++end;
        }
        if (job->cell[first].c.ranks > 1) {
            code = run_stretch(&pack, agents.hosts > 0 ? &agents : NULL, path, first, end, err);
        } else {
            struct sb_job part = *job;
            part.cell = job->cell + first;
            part.cell_count = end - first;
            code = sb_pack_run(&part, out_fd, err);
        }
        first = end;
    }
    for (int i = 1; i < agents.hosts; ++i) {
        close(held[i]); /* -1 where none was reached: no harm */
    }
    sb_pack_close(&pack);
    return code;
}
