"""What the product is measured against: Starlette on uvicorn, reads the body, answers 202, stores nothing."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def beacon(request: Request) -> Response:
    """Reads the body; answers 202."""
    await request.body()
    return Response(status_code=202)


app = Starlette(routes=[Route("/t", beacon, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, proxy_headers=False, log_level="warning")
