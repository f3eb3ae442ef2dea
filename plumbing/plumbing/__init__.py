"""What more than one service needs and that knows no clinic."""
