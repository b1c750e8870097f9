"""A shop as an MCP server, started by the worker: python shop_server.py. It writes each refund into refunds.log."""

import time
from pathlib import Path

from mcp.server.mcpserver import MCPServer

LOG = Path(__file__).with_name("refunds.log")
server = MCPServer("shop")


@server.tool()
def refund_order(order: int) -> str:
    """Refund an order: give the customer the money back."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"refund for order {order}\n")
    time.sleep(1.5)  # a slow answer, so there is time for a kill
    return f"order {order} is refunded"


if __name__ == "__main__":
    server.run("stdio")
