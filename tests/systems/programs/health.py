"""A gRPC server with the standard health service: NOT_SERVING for the first few questions."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


class Slow(health.HealthServicer):
    asked = 0

    def Check(self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext):
        self.asked += 1
        if self.asked == 3:
            self.set("", health_pb2.HealthCheckResponse.SERVING)
        return super().Check(request, context)


servicer = Slow()
servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
server = grpc.server(ThreadPoolExecutor(2))
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
server.start()
server.wait_for_termination()
