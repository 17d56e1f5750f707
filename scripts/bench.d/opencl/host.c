/* SPDX-License-Identifier: Apache-2.0 */
/* host FILE KERNEL GX GY GZ BX BY BZ N ELEMENTS…: runs the OpenCL kernel once on float arrays of so many elements, then the
 * int N, and prints the nanoseconds between its enqueue and its end. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static void need(cl_int code, const char *what)
{
    if (code != CL_SUCCESS) {
        fprintf(stderr, "host: %s: OpenCL error %d\n", what, code);
        exit(4);
    }
}
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 16);
    if (!file || !text || fread(text, 1, (1 << 16) - 1, file) == 0) {
        fprintf(stderr, "host: cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 11) {
        return 2;
    }
    const char *text = read_file(argv[1]);
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    need(clGetPlatformIDs(1, &platform, NULL), "platform");
    need(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "device");
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    need(code, "context");
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    need(code, "queue");
    cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, &code);
    need(clBuildProgram(program, 1, &device, "", NULL, NULL), "build");
    cl_kernel kernel = clCreateKernel(program, argv[2], &code);
    need(code, "kernel");
    for (int i = 10; i < argc; ++i) {
        const size_t count = strtoul(argv[i], NULL, 10);
        float *data = malloc(count * sizeof *data);
        for (size_t k = 0; data && k < count; ++k) {
            data[k] = (float)rand() / (float)RAND_MAX;
        }
        cl_mem array =
            clCreateBuffer(context, CL_MEM_COPY_HOST_PTR, count * sizeof *data, data, &code);
        need(code, "array");
        need(clSetKernelArg(kernel, (cl_uint)(i - 10), sizeof array, &array), "argument");
        free(data);
    }
    const cl_int n = atoi(argv[9]);
    need(clSetKernelArg(kernel, (cl_uint)(argc - 10), sizeof n, &n), "argument");
    size_t global[3], local[3];
    for (int d = 0; d < 3; ++d) {
        local[d] = strtoul(argv[6 + d], NULL, 10);
        global[d] = strtoul(argv[3 + d], NULL, 10) * local[d];
    }
    const double begun = now_ns();
    need(clEnqueueNDRangeKernel(queue, kernel, 3, NULL, global, local, 0, NULL, NULL), "launch");
    need(clFinish(queue), "run");
    printf("%.0f\n", now_ns() - begun);
    return 0;
}
