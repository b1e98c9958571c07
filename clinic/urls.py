"""Every way in by HTTP."""

urlpatterns: list = []
