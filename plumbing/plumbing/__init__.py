"""What more than one service needs: it knows nothing of the business."""
