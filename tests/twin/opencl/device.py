# SPDX-License-Identifier: Apache-2.0
"""Runs kernels `(global const uchar *in, global uchar *out)` with one work-item: on an OpenCL device, and as a twin's object."""
import ctypes as c


class Device:
    """The first device of the ICD loader; None of it where there is none."""

    def __init__(self):
        cl = self.cl = c.CDLL("libOpenCL.so.1")
        for name in ("clCreateContext", "clCreateCommandQueue", "clCreateProgramWithSource", "clCreateKernel", "clCreateBuffer"):
            getattr(cl, name).restype = c.c_void_p
        platform, device = c.c_void_p(), c.c_void_p()
        self.need(cl.clGetPlatformIDs(1, c.byref(platform), None), "no OpenCL platform")
        self.need(cl.clGetDeviceIDs(platform, c.c_uint64(0xFFFFFFFF), 1, c.byref(device), None), "no OpenCL device")
        self.device, code = device, c.c_int()
        self.context = c.c_void_p(cl.clCreateContext(None, 1, c.byref(device), None, None, c.byref(code)))
        self.need(code.value, "no context")
        self.queue = c.c_void_p(cl.clCreateCommandQueue(self.context, device, c.c_uint64(0), c.byref(code)))
        self.need(code.value, "no queue")

    @staticmethod
    def need(code, what):
        if code:
            raise OSError(f"{what} (OpenCL error {code})")

    def name(self):
        text = c.create_string_buffer(256)
        self.cl.clGetDeviceInfo(self.device, c.c_uint(0x102B), c.c_size_t(256), text, None)
        return text.value.decode()

    def build(self, text):
        code = c.c_int()
        source = c.c_char_p(text.encode())
        program = c.c_void_p(self.cl.clCreateProgramWithSource(self.context, 1, c.byref(source), None, c.byref(code)))
        failed = self.cl.clBuildProgram(program, 1, c.byref(self.device), b"-cl-std=CL1.2", None, None)
        log = c.create_string_buffer(1 << 16)
        self.cl.clGetProgramBuildInfo(program, self.device, c.c_uint(0x1183), c.c_size_t(len(log)), log, None)
        self.need(failed, "does not build: " + log.value.decode(errors="replace")[:2000])
        return program

    def buffer(self, data):
        code = c.c_int()
        kept = c.create_string_buffer(data, len(data))
        array = c.c_void_p(self.cl.clCreateBuffer(self.context, c.c_uint64(1 | 32), c.c_size_t(len(data)), kept, c.byref(code)))
        self.need(code.value, "no buffer")
        return array

    def run(self, program, kernel, data, out_bytes):
        code = c.c_int()
        function = c.c_void_p(self.cl.clCreateKernel(program, kernel.encode(), c.byref(code)))
        self.need(code.value, kernel)
        arrays = [self.buffer(data), self.buffer(bytes(out_bytes))]
        for i, array in enumerate(arrays):
            self.need(self.cl.clSetKernelArg(function, i, c.c_size_t(8), c.byref(array)), kernel)
        one = c.c_size_t(1)
        self.need(self.cl.clEnqueueNDRangeKernel(self.queue, function, 1, None, c.byref(one), c.byref(one), 0, None, None), kernel)
        out = c.create_string_buffer(out_bytes)
        self.need(self.cl.clEnqueueReadBuffer(self.queue, arrays[1], 1, c.c_size_t(0), c.c_size_t(out_bytes), out, 0, None, None), kernel)
        for array in arrays:
            self.cl.clReleaseMemObject(array)
        return out.raw


class Argument(c.Structure):
    """struct sb_twin_arg."""
    _fields_ = [("pointer", c.c_void_p), ("integer", c.c_int64), ("real", c.c_double)]


class Twin:
    """An object that the twin's compiler made, served by services.c: `services` is the path of its library."""

    def __init__(self, path, services):
        self.object = c.CDLL(path)
        c.CDLL(services).serve(c.c_void_p(c.addressof(c.c_char.in_dll(self.object, "sb_twin"))))

    def run(self, number, data, out_bytes):
        given, out = c.create_string_buffer(data, len(data)), c.create_string_buffer(out_bytes)
        arguments = (Argument * 2)(Argument(pointer=c.addressof(given)), Argument(pointer=c.addressof(out)))
        getattr(self.object, f"sb_twin_run_{number}")(arguments)
        return out.raw
