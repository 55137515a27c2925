export { connectMcp, type McpConnection, type McpConnectOptions } from "./client.ts";
export { serveMcpHttp, serveMcpStdio, type McpHttpOptions, type McpServerOptions, type McpService } from "./server.ts";
