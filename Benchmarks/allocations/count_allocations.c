// Counts the heap allocations of a program by the library that asked for them, from outside: to be preloaded (LD_PRELOAD).
//
// At exit it appends a line "<count> <file name of the library or program>" for each caller to the file named by
// ALLOCATION_COUNTS, "%r" in it standing for the MPI rank, or to standard error where that is not set. A call through an
// allocator that is a library of its own, as C++'s operator new, counts for that library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// glibc's own entry points, so that the first call of all needs no dlsym, which allocates itself.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

enum { maximumObjects = 512 };

// The executable segments of the loaded objects. Entries are only added, and published by the count: readers need no lock.
struct object {
    uintptr_t begin, end;
    char name[256];
    atomic_ullong count;
};

static struct object objects[maximumObjects];
static atomic_int objectCount;
static atomic_ullong unknownCount;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside __attribute__((tls_model("initial-exec")));

static struct object *find(uintptr_t address) {
    int count = atomic_load_explicit(&objectCount, memory_order_acquire);
    for (int i = 0; i < count; i++)
        if (address >= objects[i].begin && address < objects[i].end)
            return &objects[i];
    return NULL;
}

static int addSegmentsHolding(struct dl_phdr_info *info, size_t size, void *address) {
    (void)size;
    uintptr_t wanted = (uintptr_t)address;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + header->p_vaddr, end = begin + header->p_memsz;
        if (header->p_type != PT_LOAD || wanted < begin || wanted >= end)
            continue;
        int count = atomic_load_explicit(&objectCount, memory_order_relaxed);
        if (count == maximumObjects)
            return 1;
        struct object *object = &objects[count];
        const char *name = info->dlpi_name[0] ? info->dlpi_name : program_invocation_name;
        const char *slash = strrchr(name, '/');
        snprintf(object->name, sizeof object->name, "%s", slash ? slash + 1 : name);
        object->begin = begin;
        object->end = end;
        atomic_store_explicit(&objectCount, count + 1, memory_order_release);
        return 1;
    }
    return 0;
}

static void count(void *caller) {
    if (inside)
        return;
    inside = 1;
    uintptr_t address = (uintptr_t)caller;
    struct object *object = find(address);
    if (!object) {
        pthread_mutex_lock(&adding);
        object = find(address);
        if (!object) {
            dl_iterate_phdr(addSegmentsHolding, caller);
            object = find(address);
        }
        pthread_mutex_unlock(&adding);
    }
    atomic_fetch_add_explicit(object ? &object->count : &unknownCount, 1, memory_order_relaxed);
    inside = 0;
}

void *malloc(size_t size) {
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *pointer, size_t size) {
    count(__builtin_return_address(0));
    return __libc_realloc(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    count(__builtin_return_address(0));
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    // posix_memalign leaves errno and, when it fails, the pointer as they were.
    int before = errno;
    void *result = __libc_memalign(alignment, size);
    errno = before;
    if (!result)
        return ENOMEM;
    *pointer = result;
    return 0;
}

static const char *rank(void) {
    const char *variables[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i]))
            return getenv(variables[i]);
    return "0";
}

static FILE *output(void) {
    const char *pattern = getenv("ALLOCATION_COUNTS");
    if (!pattern)
        return stderr;
    char path[4096];
    const char *mark = strstr(pattern, "%r");
    if (mark)
        snprintf(path, sizeof path, "%.*s%s%s", (int)(mark - pattern), pattern, rank(), mark + 2);
    else
        snprintf(path, sizeof path, "%s", pattern);
    FILE *file = fopen(path, "a");
    return file ? file : stderr;
}

__attribute__((destructor)) static void report(void) {
    inside = 1;
    FILE *file = output();
    int total = atomic_load(&objectCount);
    for (int i = 0; i < total; i++)
        fprintf(file, "%llu %s\n", (unsigned long long)atomic_load(&objects[i].count), objects[i].name);
    unsigned long long unknown = atomic_load(&unknownCount);
    if (unknown)
        fprintf(file, "%llu (unknown)\n", unknown);
    if (file != stderr)
        fclose(file);
}
