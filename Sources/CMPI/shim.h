// What Swift cannot see of an MPI library, in a form that is the same for all of them.
//
// A handle is a pointer to a struct in Open MPI and an integer in MPICH, and its constants are macros. So every handle
// is wrapped in a struct of its own, every call in a function, and data types and operators are named by the numbers
// of `ScalarKind` and `ReductionKind`. Counts are checked by the caller; see `cmpi_elements` for those beyond an int.

#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { MPI_Comm raw; } CMPIComm;
typedef struct { MPI_Request raw; } CMPIRequest;
typedef struct { MPI_Win raw; } CMPIWindow;

// The binary interface that the program was built for: it runs with any library that has it.
static inline const char *cmpi_interface(void) {
#if defined(OPEN_MPI)
    return "Open MPI";
#elif defined(MPICH_VERSION) || defined(MPICH)
    return "MPICH ABI";
#elif defined(MPI_ABI_VERSION)
    return "standard ABI of MPI 5";
#else
    return "another MPI library";
#endif
}

// MARK: Data types and operators

static inline MPI_Datatype cmpi_type(int kind) {
    switch (kind) {
    case 0: return MPI_INT8_T;
    case 1: return MPI_INT16_T;
    case 2: return MPI_INT32_T;
    case 3: return MPI_INT64_T;
    case 4: return MPI_UINT8_T;
    case 5: return MPI_UINT16_T;
    case 6: return MPI_UINT32_T;
    case 7: return MPI_UINT64_T;
    case 8: return MPI_FLOAT;
    case 9: return MPI_DOUBLE;
    default: return MPI_DATATYPE_NULL;
    }
}

static inline MPI_Op cmpi_operator(int kind) {
    switch (kind) {
    case 0: return MPI_SUM;
    case 1: return MPI_PROD;
    case 2: return MPI_MIN;
    case 3: return MPI_MAX;
    case 4: return MPI_LAND;
    case 5: return MPI_LOR;
    case 6: return MPI_LXOR;
    case 7: return MPI_BAND;
    case 8: return MPI_BOR;
    case 9: return MPI_BXOR;
    default: return MPI_OP_NULL;
    }
}

// `count` elements as `*n` of `*type`: the basic type where an int suffices, else one derived type that spans them all
// (runs of `limit` elements and a rest), so that a message stays one message. Release with cmpi_release_elements.
static inline int cmpi_elements(int64_t count, int limit, int kind, MPI_Datatype *type, int *n) {
    MPI_Datatype base = cmpi_type(kind);
    *type = base;
    *n = (int)count;
    if (count <= limit) return MPI_SUCCESS;

    int64_t runs = count / limit, rest = count % limit;
    MPI_Aint lower, extent;
    int status = MPI_Type_get_extent(base, &lower, &extent);
    if (status != MPI_SUCCESS) return status;
    MPI_Datatype run = MPI_DATATYPE_NULL, parts[2] = {MPI_DATATYPE_NULL, MPI_DATATYPE_NULL};
    int lengths[2] = {1, 1};
    MPI_Aint offsets[2] = {0, (MPI_Aint)runs * limit * extent};
    *n = 1;
    *type = MPI_DATATYPE_NULL;
    status = MPI_Type_contiguous(limit, base, &run);
    if (status == MPI_SUCCESS) status = MPI_Type_contiguous((int)runs, run, &parts[0]);
    if (status == MPI_SUCCESS) status = MPI_Type_contiguous((int)rest, base, &parts[1]);
    if (status == MPI_SUCCESS) status = MPI_Type_create_struct(2, lengths, offsets, parts, type);
    if (status == MPI_SUCCESS) status = MPI_Type_commit(type);
    if (run != MPI_DATATYPE_NULL) MPI_Type_free(&run);
    if (parts[0] != MPI_DATATYPE_NULL) MPI_Type_free(&parts[0]);
    if (parts[1] != MPI_DATATYPE_NULL) MPI_Type_free(&parts[1]);
    return status;
}

// A type may be freed while a request still uses it (MPI-3.1 section 4.1.9).
static inline int cmpi_release_elements(int64_t count, int limit, MPI_Datatype *type, int status) {
    if (count <= limit || *type == MPI_DATATYPE_NULL) return status;
    int freed = MPI_Type_free(type);
    return status == MPI_SUCCESS ? freed : status;
}

// MARK: Errors

enum CMPIErrorClass {
    CMPIErrorTruncated, CMPIErrorNoMemory, CMPIErrorRank, CMPIErrorWindow, CMPIErrorOther
};

static inline int cmpi_success(void) { return MPI_SUCCESS; }
static inline int cmpi_error_string_capacity(void) { return MPI_MAX_ERROR_STRING; }
static inline int cmpi_error_string(int code, char *text) {
    int length = 0;
    return MPI_Error_string(code, text, &length) == MPI_SUCCESS ? length : 0;
}
static inline enum CMPIErrorClass cmpi_error_class(int code) {
    int class = MPI_ERR_OTHER;
    MPI_Error_class(code, &class);
    switch (class) {
    case MPI_ERR_TRUNCATE: return CMPIErrorTruncated;
    case MPI_ERR_NO_MEM: return CMPIErrorNoMemory;
    case MPI_ERR_RANK: case MPI_ERR_ROOT: return CMPIErrorRank;
    case MPI_ERR_WIN: case MPI_ERR_RMA_SHARED: case MPI_ERR_RMA_SYNC: return CMPIErrorWindow;
    default: return CMPIErrorOther;
    }
}

// MARK: The library

static inline int cmpi_thread_level(int index) {
    const int levels[4] = {MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE};
    return levels[index];
}
// Settings that the library reads when it is initialized, where the user has not made them.
static inline void cmpi_prepare(int is_launched) {
#ifdef OPEN_MPI
    // Open MPI would start a daemon for a process without a launcher, in case it spawns others, which takes a fraction
    // of a second and, as root, is refused.
    if (!is_launched) setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    // Nor does it need to look for fabrics, which takes another 0.2 s, where all ranks share one machine's memory.
    const char *local = getenv("OMPI_COMM_WORLD_LOCAL_SIZE"), *all = getenv("OMPI_COMM_WORLD_SIZE");
    if (!is_launched || (local && all && strcmp(local, all) == 0)) setenv("OMPI_MCA_pml", "ob1", 0);
#else
    (void)is_launched;
#endif
}
static inline int cmpi_init(int required, int *provided, int is_launched) {
#ifdef OPEN_MPI
    // Processes without a launcher would share one folder for temporary files, which one that ends takes from another that
    // begins, and need none. Not for programs that this one starts: those of mpirun have a folder each, and need it.
    const char *folders = "OMPI_MCA_orte_create_session_dirs";
    const int is_set = is_launched || getenv(folders) != 0;
    if (!is_set) setenv(folders, "0", 0);
    const int error = MPI_Init_thread(0, 0, required, provided);
    if (!is_set) unsetenv(folders);
    return error;
#else
    (void)is_launched;
    return MPI_Init_thread(0, 0, required, provided);
#endif
}
static inline int cmpi_initialized(int *flag) { return MPI_Initialized(flag); }
static inline int cmpi_finalized(int *flag) { return MPI_Finalized(flag); }
static inline int cmpi_finalize(void) { return MPI_Finalize(); }
static inline int cmpi_version(int *major, int *minor) { return MPI_Get_version(major, minor); }
static inline int cmpi_library_version_capacity(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }
static inline int cmpi_library_version(char *text, int *length) { return MPI_Get_library_version(text, length); }
static inline int cmpi_processor_name_capacity(void) { return MPI_MAX_PROCESSOR_NAME; }
static inline int cmpi_processor_name(char *text, int *length) { return MPI_Get_processor_name(text, length); }

// MARK: Communicators

static inline CMPIComm cmpi_world(void) { return (CMPIComm){MPI_COMM_WORLD}; }
static inline CMPIComm cmpi_self(void) { return (CMPIComm){MPI_COMM_SELF}; }
static inline int cmpi_comm_is_null(CMPIComm c) { return c.raw == MPI_COMM_NULL; }
static inline int cmpi_comm_rank(CMPIComm c, int *rank) { return MPI_Comm_rank(c.raw, rank); }
static inline int cmpi_comm_size(CMPIComm c, int *size) { return MPI_Comm_size(c.raw, size); }
static inline int cmpi_comm_return_errors(CMPIComm c) { return MPI_Comm_set_errhandler(c.raw, MPI_ERRORS_RETURN); }
static inline int cmpi_comm_dup(CMPIComm c, CMPIComm *out) { return MPI_Comm_dup(c.raw, &out->raw); }
// A negative color takes part in no group.
static inline int cmpi_comm_split(CMPIComm c, int color, int key, CMPIComm *out) {
    return MPI_Comm_split(c.raw, color < 0 ? MPI_UNDEFINED : color, key, &out->raw);
}
static inline int cmpi_comm_split_shared(CMPIComm c, int key, CMPIComm *out) {
    return MPI_Comm_split_type(c.raw, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &out->raw);
}
static inline int cmpi_comm_free(CMPIComm *c) { return MPI_Comm_free(&c->raw); }
static inline int cmpi_abort(CMPIComm c, int status) { return MPI_Abort(c.raw, status); }

// MARK: Collective operations. A null `in` of a reduction means in place.

static inline int cmpi_barrier(CMPIComm c) { return MPI_Barrier(c.raw); }
static inline int cmpi_bcast(void *buffer, int count, int kind, int root, CMPIComm c) {
    return MPI_Bcast(buffer, count, cmpi_type(kind), root, c.raw);
}
static inline int cmpi_reduce(const void *in, void *out, int count, int kind, int op, int root, CMPIComm c) {
    return MPI_Reduce(in, out, count, cmpi_type(kind), cmpi_operator(op), root, c.raw);
}
static inline int cmpi_allreduce(const void *in, void *out, int count, int kind, int op, CMPIComm c) {
    return MPI_Allreduce(in ? in : MPI_IN_PLACE, out, count, cmpi_type(kind), cmpi_operator(op), c.raw);
}
static inline int cmpi_iallreduce(void *values, int count, int kind, int op, CMPIComm c, CMPIRequest *request) {
    return MPI_Iallreduce(MPI_IN_PLACE, values, count, cmpi_type(kind), cmpi_operator(op), c.raw, &request->raw);
}
static inline int cmpi_reduce_scatter(const void *in, void *out, const int *counts, int kind, int op, CMPIComm c) {
    return MPI_Reduce_scatter(in, out, counts, cmpi_type(kind), cmpi_operator(op), c.raw);
}
static inline int cmpi_allgather(const void *in, void *out, int count, int kind, CMPIComm c) {
    return MPI_Allgather(in, count, cmpi_type(kind), out, count, cmpi_type(kind), c.raw);
}
static inline int cmpi_allgatherv(
    const void *in, int count, void *out, const int *counts, const int *displacements, int kind, CMPIComm c) {
    return MPI_Allgatherv(in, count, cmpi_type(kind), out, counts, displacements, cmpi_type(kind), c.raw);
}
static inline int cmpi_gather(const void *in, void *out, int count, int kind, int root, CMPIComm c) {
    return MPI_Gather(in, count, cmpi_type(kind), out, count, cmpi_type(kind), root, c.raw);
}
static inline int cmpi_gatherv(
    const void *in, int count, void *out, const int *counts, const int *displacements, int kind, int root, CMPIComm c) {
    return MPI_Gatherv(in, count, cmpi_type(kind), out, counts, displacements, cmpi_type(kind), root, c.raw);
}
static inline int cmpi_scatter(const void *in, void *out, int count, int kind, int root, CMPIComm c) {
    return MPI_Scatter(in, count, cmpi_type(kind), out, count, cmpi_type(kind), root, c.raw);
}
static inline int cmpi_scatterv(
    const void *in, const int *counts, const int *displacements, void *out, int count, int kind, int root, CMPIComm c) {
    return MPI_Scatterv(in, counts, displacements, cmpi_type(kind), out, count, cmpi_type(kind), root, c.raw);
}
static inline int cmpi_alltoall(const void *in, void *out, int count, int kind, CMPIComm c) {
    return MPI_Alltoall(in, count, cmpi_type(kind), out, count, cmpi_type(kind), c.raw);
}
static inline int cmpi_alltoallv(
    const void *in, const int *inCounts, const int *inDisplacements,
    void *out, const int *outCounts, const int *outDisplacements, int kind, CMPIComm c) {
    return MPI_Alltoallv(
        in, inCounts, inDisplacements, cmpi_type(kind), out, outCounts, outDisplacements, cmpi_type(kind), c.raw);
}

// MARK: Messages. A negative source or tag accepts any. `limit` is the largest count passed as an int.

static inline int cmpi_received(const MPI_Status *status, int kind, int *source, int *tag, int64_t *count) {
    MPI_Count elements = 0;
    int code = MPI_Get_elements_x(status, cmpi_type(kind), &elements);
    *source = status->MPI_SOURCE;
    *tag = status->MPI_TAG;
    *count = (int64_t)elements;
    return code;
}
static inline int cmpi_send(const void *values, int64_t count, int limit, int kind, int to, int tag, CMPIComm c) {
    MPI_Datatype type;
    int n, status = cmpi_elements(count, limit, kind, &type, &n);
    if (status == MPI_SUCCESS) status = MPI_Send(values, n, type, to, tag, c.raw);
    return cmpi_release_elements(count, limit, &type, status);
}
static inline int cmpi_isend(
    const void *values, int64_t count, int limit, int kind, int to, int tag, CMPIComm c, CMPIRequest *request) {
    MPI_Datatype type;
    int n, status = cmpi_elements(count, limit, kind, &type, &n);
    if (status == MPI_SUCCESS) status = MPI_Isend(values, n, type, to, tag, c.raw, &request->raw);
    return cmpi_release_elements(count, limit, &type, status);
}
static inline int cmpi_recv(
    void *buffer, int64_t capacity, int limit, int kind, int *source, int *tag, int64_t *count, CMPIComm c) {
    MPI_Datatype type;
    MPI_Status received;
    int n, status = cmpi_elements(capacity, limit, kind, &type, &n);
    if (status == MPI_SUCCESS)
        status = MPI_Recv(
            buffer, n, type, *source < 0 ? MPI_ANY_SOURCE : *source, *tag < 0 ? MPI_ANY_TAG : *tag, c.raw, &received);
    if (status == MPI_SUCCESS) status = cmpi_received(&received, kind, source, tag, count);
    return cmpi_release_elements(capacity, limit, &type, status);
}
static inline int cmpi_irecv(
    void *buffer, int64_t capacity, int limit, int kind, int source, int tag, CMPIComm c, CMPIRequest *request) {
    MPI_Datatype type;
    int n, status = cmpi_elements(capacity, limit, kind, &type, &n);
    if (status == MPI_SUCCESS)
        status = MPI_Irecv(
            buffer, n, type, source < 0 ? MPI_ANY_SOURCE : source, tag < 0 ? MPI_ANY_TAG : tag, c.raw, &request->raw);
    return cmpi_release_elements(capacity, limit, &type, status);
}

// MARK: Requests

static inline CMPIRequest cmpi_no_request(void) { return (CMPIRequest){MPI_REQUEST_NULL}; }
static inline int cmpi_request_is_complete(CMPIRequest request, int *flag) {
    return MPI_Request_get_status(request.raw, flag, MPI_STATUS_IGNORE);
}
static inline int cmpi_wait(CMPIRequest *request) { return MPI_Wait(&request->raw, MPI_STATUS_IGNORE); }
static inline int cmpi_wait_received(CMPIRequest *request, int kind, int *source, int *tag, int64_t *count) {
    MPI_Status received;
    int status = MPI_Wait(&request->raw, &received);
    return status == MPI_SUCCESS ? cmpi_received(&received, kind, source, tag, count) : status;
}

// MARK: Shared windows

static inline int cmpi_win_allocate_shared(int64_t bytes, CMPIComm c, void **base, CMPIWindow *window) {
    return MPI_Win_allocate_shared((MPI_Aint)bytes, 1, MPI_INFO_NULL, c.raw, base, &window->raw);
}
static inline int cmpi_win_return_errors(CMPIWindow w) { return MPI_Win_set_errhandler(w.raw, MPI_ERRORS_RETURN); }
static inline int cmpi_win_shared_query(CMPIWindow w, int rank, int64_t *bytes, void **base) {
    MPI_Aint size = 0;
    int unit = 0, status = MPI_Win_shared_query(w.raw, rank, &size, &unit, base);
    *bytes = (int64_t)size;
    return status;
}
static inline int cmpi_win_lock_all(CMPIWindow w) { return MPI_Win_lock_all(MPI_MODE_NOCHECK, w.raw); }
static inline int cmpi_win_unlock_all(CMPIWindow w) { return MPI_Win_unlock_all(w.raw); }
static inline int cmpi_win_sync(CMPIWindow w) { return MPI_Win_sync(w.raw); }
static inline int cmpi_win_free(CMPIWindow *w) { return MPI_Win_free(&w->raw); }

#endif
