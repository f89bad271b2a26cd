var builder = Aspire.Hosting.DistributedApplication.CreateBuilder(); builder.Build();
